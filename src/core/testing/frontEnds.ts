import { ccmusicFrontEnd } from '#core/model/ccmusic.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';

/** The front end of the default models. */
export const acousticsenseFrontEnd: FrontEnd = testFrontEnd;

/** librosa's defaults, as the ccmusic checkpoints use them. */
export const librosaDefaultFrontEnd: FrontEnd = ccmusicFrontEnd;
