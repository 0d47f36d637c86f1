import type { FrontEnd } from '#core/model/manifest.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';

/** The front end of the default models. */
export const acousticsenseFrontEnd: FrontEnd = testFrontEnd;

/** librosa's defaults, as the ccmusic checkpoints use them: 11.4 s windows without overlap, centred in the track. */
export const librosaDefaultFrontEnd: FrontEnd = {
  ...acousticsenseFrontEnd,
  hopLength: 512,
  nMels: 128,
  windowFrames: 491,
  windowHopFrames: 491,
  windowPlacement: 'centred',
  input: {
    kind: 'magma-picture',
    rasterWidth: 496,
    rasterHeight: 369,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
};
