import type { TrackResult, WindowResult } from '#core/report/report.ts';

/** The two best genres of the track closer than this (difference of probabilities) are called close. */
export const closeMargin = 0.15;
/** Fewer than this share of the windows on the track's best genre is disagreement. */
export const leastAgreement = 0.5;
/** More than this share of the windows silent or noise, and the track does not look like music. */
export const notMusicShare = 0.5;

/** What a careful person would say before trusting the first genre. */
export interface Judgement {
  readonly ambiguous: boolean;
  readonly reasons: readonly ('close' | 'windows-disagree')[];
  /** The track looks like silence or noise rather than music. */
  readonly notMusic: boolean;
}

/** A pure function of the result, so that reports of any age are judged alike. */
export function judge(track: TrackResult, windows: readonly WindowResult[]): Judgement {
  const [first, second] = track.predictions;
  const reasons: ('close' | 'windows-disagree')[] = [];
  if (first !== undefined && second !== undefined && first.probability - second.probability < closeMargin)
    reasons.push('close');
  const heard = windows.filter((window) => !window.silent).length;
  if (heard > 1 && track.agreement < leastAgreement) reasons.push('windows-disagree');
  const unmusical = windows.filter((window) => window.silent || window.noise).length;
  return {
    ambiguous: reasons.length > 0,
    reasons,
    notMusic: windows.length > 0 && unmusical / windows.length > notMusicShare,
  };
}
