import { expose } from 'comlink';
import { createInferenceService } from '#workers/inference/inferenceService.ts';

// The runtime's threads may load the file that started them, which can be this one: they must not answer the page.
const name = 'name' in self ? self.name : '';
if (!name.startsWith('em-pthread')) expose(createInferenceService());
