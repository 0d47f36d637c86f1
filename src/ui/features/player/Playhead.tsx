/**
 * Where the sound is. Lies over everything that has the time axis; its parent is as wide as the axis, `toX` of
 * `useViewport` gives the place.
 */
export function Playhead() {
  return null;
}
