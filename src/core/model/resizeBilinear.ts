/** For each output position: the first input, and the weights of it and its followers, in units of 2^-22. */
interface Taps {
  readonly first: Int32Array;
  /** [output length x width], rows padded with zeros. */
  readonly weights: Int32Array;
  readonly width: number;
}

const precisionBits = 22;

/** Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` for the triangle filter. */
function tapsOf(inputLength: number, outputLength: number): Taps {
  const scale = inputLength / outputLength;
  const support = Math.max(scale, 1);
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputLength);
  const weights = new Int32Array(outputLength * width);
  for (let out = 0; out < outputLength; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(inputLength, Math.trunc(centre + support + 0.5)) - start;
    const triangle = Array.from({ length: count }, (_, i) =>
      Math.max(0, 1 - Math.abs((start + i - centre + 0.5) / support)),
    );
    const sum = triangle.reduce((total, weight) => total + weight, 0);
    first[out] = start;
    for (const [i, weight] of triangle.entries())
      weights[out * width + i] = Math.trunc(0.5 + (weight / sum) * 2 ** precisionBits);
  }
  return { first, weights, width };
}

export type Resize = (pixels: Uint8Array) => Uint8Array<ArrayBuffer>;

/**
 * Antialiased bilinear resize of an 8-bit RGB picture, equal to Pillow's `Image.resize(size, BILINEAR)` to the bit (checked with 9.4; what
 * torchvision's `Resize` does to PIL images): a triangle as wide as the reduction, rows first, rounded to 8 bits
 * between the two passes.
 *
 * The function returned takes [inputHeight x inputWidth x 3] row-major bytes and gives a fresh [outputHeight x outputWidth x 3].
 * All sizes at least 1; the tables of weights are made once.
 */
export function createBilinearResize(
  inputWidth: number,
  inputHeight: number,
  outputWidth: number,
  outputHeight: number,
): Resize {
  const horizontal = inputWidth === outputWidth ? null : tapsOf(inputWidth, outputWidth);
  const vertical = inputHeight === outputHeight ? null : tapsOf(inputHeight, outputHeight);
  return (pixels) => {
    if (pixels.length !== inputWidth * inputHeight * 3)
      throw new Error(`${pixels.length} bytes for a picture of ${inputWidth} x ${inputHeight}`);
    const narrowed =
      horizontal === null
        ? pixels
        : resample(pixels, horizontal, { lines: inputHeight, outputs: outputWidth, step: 3 });
    // A picture whose rows are pixels: resampled as one line of whole rows.
    return vertical === null
      ? narrowed.slice()
      : resample(narrowed, vertical, { lines: 1, outputs: outputHeight, step: outputWidth * 3 });
  };
}

/** Resamples lines of elements of `step` bytes each: the bytes of an element are independent channels. */
function resample(
  source: Uint8Array,
  { first, weights, width }: Taps,
  { lines, outputs, step }: { readonly lines: number; readonly outputs: number; readonly step: number },
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(lines * outputs * step);
  const lineStride = source.length / lines;
  let target = 0;
  for (let line = 0; line < lines; line++) {
    for (let out = 0; out < outputs; out++) {
      const start = line * lineStride + first[out]! * step;
      for (let channel = 0; channel < step; channel++) {
        let sum = 1 << (precisionBits - 1);
        for (let i = 0; i < width; i++) {
          const weight = weights[out * width + i]!;
          // The zeros that pad a row of weights may stand past the end of the source.
          if (weight !== 0) sum += weight * source[start + i * step + channel]!;
        }
        result[target++] = Math.min(255, sum >> precisionBits);
      }
    }
  }
  return result;
}
