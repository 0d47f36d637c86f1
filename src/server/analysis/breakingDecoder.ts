/** A decoder process for tests, which breaks in the way that the file's content says; everything else it decodes. */
import { readFileSync } from 'node:fs';
import { answerDecoderAsks } from '#server/analysis/decoderAnswers.ts';
import { hearFile } from '#server/analysis/hearFile.ts';

const kept: Buffer[] = [];

answerDecoderAsks(async (ask) => {
  switch (readFileSync(ask.path).subarray(0, 32).toString('latin1')) {
    case 'segfault':
      // as the kernel does it to a native library; a handler in JavaScript cannot catch it
      process.kill(process.pid, 'SIGSEGV');
      return new Promise(() => undefined);
    case 'abort':
      return process.abort();
    case 'exit':
      return process.exit(3);
    case 'loop':
      for (;;);
    case 'never':
      return new Promise(() => undefined);
    case 'allocate':
      for (;;) {
        kept.push(Buffer.alloc(2 ** 25, 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    case 'grow':
      // stays resident after the file, as a long one may
      kept.push(Buffer.alloc(300 * 2 ** 20, 1));
      break;
    case 'throw':
      throw new Error('a bug');
    default:
  }
  return hearFile(ask);
});
