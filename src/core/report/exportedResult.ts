import type { Review } from '#core/library/record.ts';
import type { ModelLabel } from '#core/model/manifest.ts';
import type { AnalysisReport } from '#core/report/report.ts';

/** What every export is made from: a result and what a person said of it. */
export interface ExportedResult {
  readonly report: AnalysisReport;
  readonly review: Review;
}

/** A genre as exports name it. `experimental` is false for an id that the model does not know. */
export interface ExportedGenre {
  readonly id: string;
  readonly name: string;
  readonly experimental: boolean;
}

/** Id, name in the language, and the experimental mark of a label. */
export function exportedGenre(
  labels: readonly ModelLabel[],
  id: string,
  language: 'en' | 'zh',
): ExportedGenre {
  const label = labels.find((candidate) => candidate.id === id);
  return { id, name: label?.[language] ?? id, experimental: label?.experimental ?? false };
}

/** The genre that a person chose instead; null where nobody did. */
export const correctedGenre = (review: Review): string | null =>
  review.verdict.kind === 'corrected' ? review.verdict.genre : null;

/** Direction marks of Unicode (UAX #9): they can make a name read as another one, and hold nothing to see. */
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text for a place that has one line and no way to quote: tabs, line breaks and other control characters become a
 * space, direction marks go, lone surrogates become U+FFFD.
 */
export function singleLine(text: string): string {
  return text
    .replace(directionMarks, '')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

// Making one costs more than using it.
const segmenter = new Intl.Segmenter();

/** Characters as people see them: an emoji or an accented letter is never cut in two. */
export const graphemes = (text: string): string[] =>
  Array.from(segmenter.segment(text), (part) => part.segment);

/** Names of devices that Windows refuses as file names, with any ending. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu;

/**
 * A file name for what is exported of an audio file: its name without what file systems refuse or a shell might take
 * for something else, at most 100 characters, before `.suffix`. `taken` holds the names given so far in lower case and
 * gets the new one: two files of one name become `a.csv` and `a (2).csv`.
 */
export function exportFileName(audioName: string, suffix: string, taken?: Set<string>): string {
  const kept = graphemes(singleLine(audioName))
    .map((character) => (/[\\/:*?"<>|]|\p{Cc}|\p{Cf}/u.test(character) ? '_' : character))
    .slice(0, 100)
    .join('')
    .slice(0, 150)
    .replace(/\p{Cs}$/u, '')
    // A name that begins with a dot is hidden, one that begins with = + - @ may be read as something else.
    .replace(/^[.=+\-@\s]+/u, '_')
    .replace(/[.\s]+$/u, '');
  const stem = kept === '' ? 'untitled' : deviceName.test(kept) ? `_${kept}` : kept;
  let name = `${stem}.${suffix}`;
  for (let count = 2; taken?.has(name.toLowerCase()) === true; count++) name = `${stem} (${count}).${suffix}`;
  taken?.add(name.toLowerCase());
  return name;
}
