import type { FrontEnd } from '#core/model/manifest.ts';

/** The front end of the default models. */
export const acousticsenseFrontEnd: FrontEnd = {
  sampleRate: 22050,
  nFft: 2048,
  winLength: 2048,
  hopLength: 1024,
  window: 'hann-periodic',
  center: true,
  padMode: 'zero',
  nMels: 224,
  fMin: 0,
  fMax: 11025,
  melScale: 'slaney',
  melNorm: 'slaney',
  power: 2,
  dbReference: 'window-max',
  dbFloorPower: 1e-10,
  topDb: 80,
  windowFrames: 224,
  windowHopFrames: 112,
  windowPlacement: 'aligned-to-end',
  shortTrack: 'tile',
  silenceMaxMelPower: 1e-7,
  input: { kind: 'log-mel', mean: [0.42], std: [0.22] },
};

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
