/**
 * A model is a folder; its manifest declares everything the numbers depend on. The types are here, their validation is in
 * `parseManifest.ts`. Every length is a count unless a unit stands in the name.
 */

export interface ModelLabel {
  /** The English label id that exports and reports carry. */
  readonly id: string;
  readonly en: string;
  readonly zh: string;
  /** True where the label rests on too little evidence; the mark goes wherever the label goes. */
  readonly experimental: boolean;
}

/** A ViT in torchvision's layout (Dosovitskiy et al. 2021; torchvision 0.29 `VisionTransformer`). */
export interface VitArchitecture {
  readonly kind: 'vit';
  readonly imageSize: number;
  readonly patchSize: number;
  readonly inputChannels: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpSize: number;
  readonly layerNormEps: number;
  readonly activation: 'gelu-erf';
  /** Output sizes of the classifier's linear layers, ReLU between them; the last is the number of labels. */
  readonly classifier: readonly number[];
}

/** Settings of soxr 1.1 whose filters the resampler follows; `soxr-hq` is the default of librosa 0.11. */
export type ResamplerQuality = 'soxr-hq' | 'soxr-vhq';

export interface FrontEnd {
  /** Rate of the mono signal that the STFT reads, in hertz. */
  readonly sampleRate: number;
  /** The filter that leads to that rate: whichever the model was trained with. */
  readonly resampler: ResamplerQuality;
  /** FFT length in samples, a power of two. */
  readonly nFft: number;
  /** Length of the analysis window in samples, at most nFft. */
  readonly winLength: number;
  /** Distance of neighbouring frames in samples. */
  readonly hopLength: number;
  readonly window: 'hann-periodic';
  readonly center: true;
  readonly padMode: 'zero';
  readonly nMels: number;
  /** Lowest and highest edge of the mel bands, in hertz. */
  readonly fMin: number;
  readonly fMax: number;
  readonly melScale: 'slaney';
  readonly melNorm: 'slaney';
  /** Exponent of the magnitude: 2 is power. */
  readonly power: 2;
  readonly dbReference: 'window-max';
  /** Power below which the logarithm is clamped (librosa's amin). */
  readonly dbFloorPower: number;
  /** Range in dB under the reference. */
  readonly topDb: number;
  /** Frames in one window, and distance of windows, in frames. */
  readonly windowFrames: number;
  readonly windowHopFrames: number;
  /**
   * `aligned-to-end`: windows start at 0, hop, 2 hop, ...; one more ends with the track if the last does not reach it.
   * `centred`: as many whole windows as fit, the remainder left out in equal parts at both ends.
   */
  readonly windowPlacement: 'aligned-to-end' | 'centred';
  /** A track shorter than one window is repeated, frame by frame from its start. */
  readonly shortTrack: 'tile';
  /** A window whose largest mel power is at or under this is silence: no prediction. */
  readonly silenceMaxMelPower: number;
  readonly input: ModelInput;
}

/** How a window of decibels becomes the network's input. */
export type ModelInput =
  | {
      /** (clip((dB - window max + topDb) / topDb, 0, 1) - mean) / std on one channel; row 0 is the lowest band. */
      readonly kind: 'log-mel';
      readonly mean: readonly number[];
      readonly std: readonly number[];
    }
  | {
      /**
       * The window drawn as a picture: dB under the window's maximum through the magma map on a raster (nearest), low
       * frequencies at the bottom, resized to the image size (antialiased bilinear), RGB in 0..1, then (x - mean) / std.
       * The raster is in pixels; of a fractional height the picture has the whole pixels, and the rest is cut off at the top.
       */
      readonly kind: 'magma-picture';
      readonly rasterWidth: number;
      readonly rasterHeight: number;
      readonly mean: readonly number[];
      readonly std: readonly number[];
    };

export interface WeightsFile {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, lower-case hex. A mismatch refuses the model. */
  readonly sha256: string;
  /** `int8-rows`: linear weights are I8 with one F32 scale for each output, in the tensor `<name>.scale`. */
  readonly linear: 'int8-rows' | 'float32' | 'float16';
  /** Memory order of linear weights: torch's [out, in], or [in, out] as MatMul wants it. */
  readonly layout: 'out-in' | 'in-out';
  /**
   * `float32` where int8 products on a processor were measured to change a probability too much: the weights are then
   * dequantised there too. Left out, `int8-rows` run as int8 products.
   */
  readonly cpuPrecision?: 'int8' | 'float32';
}

export interface ModelManifest {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly version: string;
  /** In the order of the logits. */
  readonly labels: readonly ModelLabel[];
  readonly architecture: VitArchitecture;
  readonly frontEnd: FrontEnd;
  /** The track is the mean of the windows' calibrated softmax; `reportVote` adds how many windows each genre won. */
  readonly aggregation: { readonly kind: 'mean-softmax'; readonly reportVote: boolean };
  /** softmax(logits / temperature). */
  readonly temperature: number;
  readonly weights: WeightsFile;
  /**
   * How alike its genres are to the classifier, [labels x labels] (`genreAffinity`); left out where the package does not
   * say, and no near genres are named then.
   */
  readonly affinity?: readonly (readonly number[])[];
  /** Measured figures, as the card reports them; free in shape, shown, never computed with. */
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly licence: string;
}

/** What a backend must reproduce before it is used. */
export interface GoldenRecord {
  readonly schemaVersion: 1;
  readonly weightsSha256: string;
  /**
   * The input is a formula, so that the file stays small: x[c][h][w] = ((7 h + 13 w + 5 c) mod 29) / 28, then
   * (x - mean[c]) / std[c].
   */
  readonly recipe: 'mod-29-pattern';
  /** Float32 logits of that input. */
  readonly logits: readonly number[];
  /** Rollout row of the class token, 1 + patches values; first is the class token itself. */
  readonly rollout: readonly number[];
  /** Largest allowed absolute difference of a logit, for each arithmetic. */
  readonly tolerance: Readonly<Record<Precision, number>>;
}

/** Arithmetic of the linear layers. */
export type Precision = 'float32' | 'float16' | 'int8';
