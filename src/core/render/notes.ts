const names = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'] as const;

/** Frequency of a MIDI note number in twelve-tone equal temperament, A4 (69) = 440 Hz. */
export const noteHertz = (midi: number): number => 440 * 2 ** ((midi - 69) / 12);

/** Scientific name of a MIDI note number: 60 is C4. */
export const noteName = (midi: number): string =>
  `${names[((midi % 12) + 12) % 12] ?? ''}${Math.floor(midi / 12) - 1}`;

/**
 * The nearest note and how far off it is.
 * @returns cents from -50 to 50; null for a frequency that has no note (0 and less)
 */
export function nearestNote(hertz: number): { readonly name: string; readonly cents: number } | null {
  if (!(hertz > 0)) return null;
  const exact = 69 + 12 * Math.log2(hertz / 440);
  const midi = Math.round(exact);
  return { name: noteName(midi), cents: Math.round((exact - midi) * 100) };
}
