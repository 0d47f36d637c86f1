/** A log-mel spectrogram of a whole track. */
export interface LogMelSpectrogram {
  /** 10 log10(max(P, dbFloorPower)), reference 1.0, row-major [nMels x nFrames]; row 0 is the lowest band. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly nMels: number;
  readonly nFrames: number;
}

/** A stretch of the picture, low frequencies at the bottom; tiles lie side by side, in order. */
export interface SpectrogramTile {
  readonly firstFrame: number;
  /** Pixels: one frame wide and one band high each. */
  readonly width: number;
  readonly height: number;
  /** Row-major RGBA, width x height x 4 bytes. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}
