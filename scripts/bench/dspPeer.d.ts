/** The part of fft.js 4.0 that the benchmark compares with; the package has no types of its own. */
declare module 'fft.js' {
  export default class FFT {
    constructor(size: number);
    /** Interleaved real and imaginary parts, 2 x size numbers. */
    createComplexArray(): number[];
    realTransform(output: number[], input: ArrayLike<number>): void;
  }
}
