import type { DescriptorName } from '#core/descriptors/trackDescriptors.ts';
import { descriptorNames } from '#core/descriptors/trackDescriptors.ts';
import type { AnalysisReport } from '#core/report/report.ts';

export interface GenreDifference {
  readonly genre: string;
  /** Null where the model of that side has no such label. */
  readonly left: number | null;
  readonly right: number | null;
  /** right - left, in probability; null where one side is missing. */
  readonly difference: number | null;
}

export interface DescriptorDifference {
  readonly name: DescriptorName;
  readonly left: number | null;
  readonly right: number | null;
  readonly difference: number | null;
}

export interface ReportComparison {
  /** All genres of both, the largest difference first; those that one side lacks come last. */
  readonly genres: readonly GenreDifference[];
  readonly descriptors: readonly DescriptorDifference[];
  /** Both name the same genre first. */
  readonly sameFirst: boolean;
  /** Half the sum of the absolute differences over the genres that both know (total variation distance), 0..1. */
  readonly distance: number;
  /** The bytes of the two files are the same. */
  readonly sameAudio: boolean;
  readonly sameModel: boolean;
}

const probabilities = (report: AnalysisReport): ReadonlyMap<string, number> =>
  new Map(report.track.predictions.map(({ genre, probability }) => [genre, probability]));

const size = ({ difference }: GenreDifference): number => (difference === null ? -1 : Math.abs(difference));

/** What differs between two results, of two files or of one file under two models. A pure function of the reports. */
export function compareReports(left: AnalysisReport, right: AnalysisReport): ReportComparison {
  const [of, to] = [probabilities(left), probabilities(right)];
  const genres = [...new Set([...of.keys(), ...to.keys()])].map((genre): GenreDifference => {
    const [a, b] = [of.get(genre) ?? null, to.get(genre) ?? null];
    return { genre, left: a, right: b, difference: a === null || b === null ? null : b - a };
  });
  const descriptors = descriptorNames.map((name): DescriptorDifference => {
    const [a, b] = [left.descriptors?.[name] ?? null, right.descriptors?.[name] ?? null];
    return { name, left: a, right: b, difference: a === null || b === null ? null : b - a };
  });
  return {
    genres: genres.toSorted((a, b) => size(b) - size(a)),
    descriptors,
    sameFirst: left.track.predictions[0]?.genre === right.track.predictions[0]?.genre,
    distance: genres.reduce((sum, { difference }) => sum + Math.abs(difference ?? 0), 0) / 2,
    sameAudio: left.file.sha256 === right.file.sha256,
    sameModel: left.model.sha256 === right.model.sha256,
  };
}
