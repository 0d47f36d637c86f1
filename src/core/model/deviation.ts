/** Largest absolute difference; infinite where lengths differ or a value is not finite. */
export function largestDeviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN));
    // written so that NaN counts as a difference
    if (!(difference <= largest)) largest = Number.isFinite(difference) ? difference : Infinity;
    if (largest === Infinity) return largest;
  }
  return largest;
}
