import type { AnalysisError } from '#core/errors.ts';
import {
  longestNote,
  longestTag,
  mostTags,
  noReview,
  type Review,
  type Verdict,
} from '#core/library/record.ts';
import { readJson, type JsonReader } from '#core/model/jsonReader.ts';
import type { ModelLabel } from '#core/model/manifest.ts';
import { invalidReport, readIsoDate } from '#core/report/parseReport.ts';
import { err, ok, type Result } from '#core/result.ts';

/**
 * Reads what a person added to a result from a parsed document that may come from anybody: an archive, a picture.
 * Bounded by `longestNote`, `longestTag` and `mostTags`; fields it does not know are dropped. Null and undefined, where
 * nobody has said anything, give `noReview`.
 *
 * @param labels of the report's model: a correction to a genre that is none of them is refused; left out, any text is taken
 *
 * Error: `report-invalid` (details `path`, `reason`). Never throws.
 */
export function parseReview(value: unknown, labels?: readonly ModelLabel[]): Result<Review, AnalysisError> {
  if (value === null || value === undefined) return ok(noReview);
  const result = readJson(value, (reader) => readReview(reader, labels));
  return result.ok
    ? ok(result.value)
    : err(invalidReport(`review${result.error.path && '.'}${result.error.path}`, result.error.reason));
}

const readReview = (reader: JsonReader, labels: readonly ModelLabel[] | undefined): Review => ({
  verdict: readVerdict(reader.field('verdict'), labels),
  note: reader.field('note').anyText(longestNote),
  tags: readTags(reader.field('tags')),
  reviewedAt: reader.field('reviewedAt').nullable(readIsoDate),
});

function readVerdict(reader: JsonReader, labels: readonly ModelLabel[] | undefined): Verdict {
  const kind = reader.field('kind').oneOf('none', 'accepted', 'corrected', 'unsure');
  if (kind !== 'corrected') return { kind };
  const genre = reader.field('genre').text(200);
  if (labels !== undefined && !labels.some((label) => label.id === genre))
    reader.field('genre').refuse(`is no label of the model: ${JSON.stringify(genre)}`);
  return { kind, genre };
}

function readTags(reader: JsonReader): readonly string[] {
  const seen = new Set<string>();
  return reader.array(0, mostTags).map((entry) => {
    const tag = entry.anyText(longestTag);
    if (tag === '' || tag !== tag.trim()) entry.refuse('must be a trimmed text that is not empty');
    if (seen.has(tag)) entry.refuse(`repeats ${JSON.stringify(tag)}`);
    seen.add(tag);
    return tag;
  });
}
