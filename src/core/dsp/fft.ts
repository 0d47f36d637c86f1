/**
 * The discrete Fourier transform of real signals, X[k] = sum over n of x[n] exp(-2 pi i k n / size), as numpy 2
 * `rfft`/`irfft`. A real transform of `size` points is a complex one of half the size plus one pass that separates even
 * from odd samples; the complex one is radix-4 decimation in time (one radix-2 stage first where needed), in float64.
 */

/** One plan: tables and scratch for one size. Not re-entrant; no method allocates. */
export interface RealFft {
  /** Number of real samples, a power of two, at least 8. */
  readonly size: number;
  /** Number of bins, size / 2 + 1: from 0 to the Nyquist frequency. */
  readonly bins: number;
  /** `signal` [size] to real and imaginary parts [bins]. */
  forward(signal: Float64Array, real: Float64Array, imaginary: Float64Array): void;
  /**
   * Real and imaginary parts [bins] to `signal` [size], scaled by 1 / size, so that `inverse` undoes `forward`. The
   * imaginary parts of the first and the last bin are taken as zero.
   */
  inverse(real: Float64Array, imaginary: Float64Array, signal: Float64Array): void;
  /**
   * |X|^2 of `window` times the samples from `offset` on: `window` [size], `power` [bins]. `offset + size` must not
   * exceed the length of `samples`.
   */
  windowedPower(samples: Float32Array, offset: number, window: Float64Array, power: Float64Array): void;
}

/**
 * @param size Number of real samples: a power of two, 8 to 2^24.
 * @throws RangeError for any other size.
 */
export function createRealFft(size: number): RealFft {
  if (!Number.isInteger(size) || size < 8 || size > 2 ** 24 || (size & (size - 1)) !== 0) {
    throw new RangeError(`FFT size must be a power of two from 8 to 2^24, got ${size}`);
  }
  const half = size / 2;
  // The only table: exp(-2 pi i k / size) as cosine, sine pairs. The complex transform reads every second entry.
  const twiddles = new Float64Array(2 * size);
  for (let k = 0; k < size; k += 1) {
    const angle = (-2 * Math.PI * k) / size;
    twiddles[2 * k] = Math.cos(angle);
    twiddles[2 * k + 1] = Math.sin(angle);
  }
  const order = bitReversal(half);
  const re = new Float64Array(half);
  const im = new Float64Array(half);

  return {
    size,
    bins: half + 1,

    forward(signal, real, imaginary) {
      for (let i = 0; i < half; i += 1) {
        const to = order[i]!;
        re[to] = signal[2 * i]!;
        im[to] = signal[2 * i + 1]!;
      }
      transform(re, im, twiddles);
      real[0] = re[0]! + im[0]!;
      imaginary[0] = 0;
      real[half] = re[0]! - im[0]!;
      imaginary[half] = 0;
      for (let k = 1, m = half - 1; k <= m; k += 1, m -= 1) {
        const kRe = re[k]!;
        const kIm = im[k]!;
        const mRe = re[m]!;
        const mIm = im[m]!;
        const evenRe = 0.5 * (kRe + mRe);
        const evenIm = 0.5 * (kIm - mIm);
        const oddRe = 0.5 * (kIm + mIm);
        const oddIm = 0.5 * (mRe - kRe);
        const c = twiddles[2 * k]!;
        const s = twiddles[2 * k + 1]!;
        const turnedRe = c * oddRe - s * oddIm;
        const turnedIm = c * oddIm + s * oddRe;
        real[k] = evenRe + turnedRe;
        imaginary[k] = evenIm + turnedIm;
        real[m] = evenRe - turnedRe;
        imaginary[m] = turnedIm - evenIm;
      }
    },

    inverse(real, imaginary, signal) {
      // The inverse transform is the forward one with real and imaginary parts exchanged, here on the way in and out.
      const scale = 1 / size;
      im[0] = scale * (real[0]! + real[half]!);
      re[0] = scale * (real[0]! - real[half]!);
      for (let k = 1, m = half - 1; k <= m; k += 1, m -= 1) {
        const kRe = real[k]!;
        const kIm = imaginary[k]!;
        const mRe = real[m]!;
        const mIm = imaginary[m]!;
        const evenRe = scale * (kRe + mRe);
        const evenIm = scale * (kIm - mIm);
        const turnedRe = scale * (kRe - mRe);
        const turnedIm = scale * (kIm + mIm);
        const c = twiddles[2 * k]!;
        const s = twiddles[2 * k + 1]!;
        const oddRe = c * turnedRe + s * turnedIm;
        const oddIm = c * turnedIm - s * turnedRe;
        const toK = order[k]!;
        const toM = order[m]!;
        im[toK] = evenRe - oddIm;
        re[toK] = evenIm + oddRe;
        im[toM] = evenRe + oddIm;
        re[toM] = oddRe - evenIm;
      }
      transform(re, im, twiddles);
      for (let i = 0; i < half; i += 1) {
        signal[2 * i] = im[i]!;
        signal[2 * i + 1] = re[i]!;
      }
    },

    windowedPower(samples, offset, window, power) {
      for (let i = 0, n = offset; i < half; i += 1, n += 2) {
        const to = order[i]!;
        re[to] = window[2 * i]! * samples[n]!;
        im[to] = window[2 * i + 1]! * samples[n + 1]!;
      }
      transform(re, im, twiddles);
      const dc = re[0]! + im[0]!;
      const nyquist = re[0]! - im[0]!;
      power[0] = dc * dc;
      power[half] = nyquist * nyquist;
      for (let k = 1, m = half - 1; k <= m; k += 1, m -= 1) {
        const kRe = re[k]!;
        const kIm = im[k]!;
        const mRe = re[m]!;
        const mIm = im[m]!;
        const evenRe = 0.5 * (kRe + mRe);
        const evenIm = 0.5 * (kIm - mIm);
        const oddRe = 0.5 * (kIm + mIm);
        const oddIm = 0.5 * (mRe - kRe);
        const c = twiddles[2 * k]!;
        const s = twiddles[2 * k + 1]!;
        const turnedRe = c * oddRe - s * oddIm;
        const turnedIm = c * oddIm + s * oddRe;
        const sumRe = evenRe + turnedRe;
        const sumIm = evenIm + turnedIm;
        const differenceRe = evenRe - turnedRe;
        const differenceIm = turnedIm - evenIm;
        power[k] = sumRe * sumRe + sumIm * sumIm;
        power[m] = differenceRe * differenceRe + differenceIm * differenceIm;
      }
    },
  };
}

/** Where element i of a sequence of `length` (a power of two) goes before a decimation in time. */
function bitReversal(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 1; i < length; i += 1) {
    order[i] = order[i >> 1]! >> 1;
    if ((i & 1) === 1) order[i]! |= length >> 1;
  }
  return order;
}

/**
 * Complex transform in place; `re` and `im` come in bit-reversed order. `twiddles` is the table for twice the length.
 * A radix-4 butterfly is two radix-2 stages in one, so after bit reversal its quarters hold the sub-transforms of the
 * samples 0, 2, 1, 3 modulo 4, in this order.
 */
function transform(re: Float64Array, im: Float64Array, twiddles: Float64Array): void {
  const length = re.length;
  let quarter = 1;
  if ((Math.log2(length) & 1) === 1) {
    for (let i = 0; i < length; i += 2) {
      const aRe = re[i]!;
      const aIm = im[i]!;
      const bRe = re[i + 1]!;
      const bIm = im[i + 1]!;
      re[i] = aRe + bRe;
      im[i] = aIm + bIm;
      re[i + 1] = aRe - bRe;
      im[i + 1] = aIm - bIm;
    }
    quarter = 2;
  } else {
    firstRadix4Stage(re, im);
    quarter = 4;
  }
  for (; quarter < length; quarter *= 4) {
    // Table entries hold exp(-2 pi i k / (2 length)); this stage turns by multiples of exp(-2 pi i / (4 quarter)).
    radix4Stage(re, im, twiddles, quarter, length / quarter);
  }
}

/** The stage of four-point transforms, whose twiddles are all 1. */
function firstRadix4Stage(re: Float64Array, im: Float64Array): void {
  for (let i = 0; i < re.length; i += 4) {
    const x0Re = re[i]!;
    const x0Im = im[i]!;
    const x2Re = re[i + 1]!;
    const x2Im = im[i + 1]!;
    const x1Re = re[i + 2]!;
    const x1Im = im[i + 2]!;
    const x3Re = re[i + 3]!;
    const x3Im = im[i + 3]!;
    const aRe = x0Re + x2Re;
    const aIm = x0Im + x2Im;
    const bRe = x0Re - x2Re;
    const bIm = x0Im - x2Im;
    const cRe = x1Re + x3Re;
    const cIm = x1Im + x3Im;
    const dRe = x1Im - x3Im;
    const dIm = x3Re - x1Re;
    re[i] = aRe + cRe;
    im[i] = aIm + cIm;
    re[i + 1] = bRe + dRe;
    im[i + 1] = bIm + dIm;
    re[i + 2] = aRe - cRe;
    im[i + 2] = aIm - cIm;
    re[i + 3] = bRe - dRe;
    im[i + 3] = bIm - dIm;
  }
}

function radix4Stage(
  re: Float64Array,
  im: Float64Array,
  twiddles: Float64Array,
  quarter: number,
  stride: number,
): void {
  const length = re.length;
  const block = 4 * quarter;
  for (let j = 0; j < quarter; j += 1) {
    // stride counts numbers: half as many table entries, two numbers each.
    const c1 = twiddles[j * stride]!;
    const s1 = twiddles[j * stride + 1]!;
    const c2 = twiddles[2 * j * stride]!;
    const s2 = twiddles[2 * j * stride + 1]!;
    const c3 = twiddles[3 * j * stride]!;
    const s3 = twiddles[3 * j * stride + 1]!;
    for (let i0 = j; i0 < length; i0 += block) {
      const i1 = i0 + quarter;
      const i2 = i1 + quarter;
      const i3 = i2 + quarter;
      // Each number is read once: engines do not remember what they loaded from a typed array.
      const re0 = re[i0]!;
      const im0 = im[i0]!;
      const re1 = re[i2]!;
      const im1 = im[i2]!;
      const re2 = re[i1]!;
      const im2 = im[i1]!;
      const re3 = re[i3]!;
      const im3 = im[i3]!;
      const x1Re = re1 * c1 - im1 * s1;
      const x1Im = re1 * s1 + im1 * c1;
      const x2Re = re2 * c2 - im2 * s2;
      const x2Im = re2 * s2 + im2 * c2;
      const x3Re = re3 * c3 - im3 * s3;
      const x3Im = re3 * s3 + im3 * c3;
      const aRe = re0 + x2Re;
      const aIm = im0 + x2Im;
      const bRe = re0 - x2Re;
      const bIm = im0 - x2Im;
      const cRe = x1Re + x3Re;
      const cIm = x1Im + x3Im;
      const dRe = x1Im - x3Im;
      const dIm = x3Re - x1Re;
      re[i0] = aRe + cRe;
      im[i0] = aIm + cIm;
      re[i1] = bRe + dRe;
      im[i1] = bIm + dIm;
      re[i2] = aRe - cRe;
      im[i2] = aIm - cIm;
      re[i3] = bRe - dRe;
      im[i3] = bIm - dIm;
    }
  }
}
