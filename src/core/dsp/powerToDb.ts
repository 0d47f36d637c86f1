const decibelsPerNeper = 10 / Math.LN10;

/**
 * Power to decibels against 1.0: 10 log10(max(power, floor)), librosa 0.11 `power_to_db(ref=1.0, amin=floor, top_db=None)`.
 *
 * @param power Any finite number; at or under `floor` it counts as `floor`.
 * @param floor Above 0.
 */
export function powerToDb(power: number, floor: number): number {
  return decibelsPerNeper * Math.log(power > floor ? power : floor);
}
