import { analysisError, type AnalysisError } from '#core/errors.ts';
import { parseReview } from '#core/library/parseReview.ts';
import { recordIdOf, type LibraryRecord, type Review } from '#core/library/record.ts';
import { readJson, type JsonReader } from '#core/model/jsonReader.ts';
import { parseReportValue, readIsoDate } from '#core/report/parseReport.ts';
import { err, ok, type Result } from '#core/result.ts';

/**
 * A whole library as one zip file, `*.acousticsense-library.zip`:
 *
 * - `manifest.json`: `ArchiveManifest`;
 * - `records/00001.jsonl`, `records/00002.jsonl`, ...: JSON Lines, one record each with its report, its review, when it
 *   was added, and its thumbnail (PNG) as base64.
 *
 * Only the entries that the manifest names are read; their names are compared, never used as paths.
 */
export interface ArchiveManifest {
  readonly format: typeof archiveFormat;
  readonly version: typeof archiveVersion;
  readonly program: { readonly name: string; readonly version: string };
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly records: number;
  readonly parts: readonly ArchivePart[];
}

export interface ArchivePart {
  readonly file: string;
  readonly records: number;
  /** Of the text, not compressed. */
  readonly bytes: number;
}

export const archiveFormat = 'acousticsense-library';
export const archiveVersion = 1;
export const archiveManifestFile = 'manifest.json';
export const archivePartFile = (index: number): string =>
  `records/${String(index + 1).padStart(5, '0')}.jsonl`;

/** What an archive may hold; anything beyond was not written by this program. */
export const archiveLimits = {
  manifestBytes: 4 * 1024 * 1024,
  directoryBytes: 4 * 1024 * 1024,
  parts: 20_000,
  records: 2_000_000,
  /** A part is closed at this size; the record that crosses it is still inside. */
  partBytes: 32 * 1024 * 1024,
  /** One line: the report of many hours. */
  lineBytes: 64 * 1024 * 1024,
  thumbnailBytes: 512 * 1024,
  /** Contents over file size; reports come to 10, made-up zip bombs to 1000. */
  expansion: 200,
} as const;

/** Why an archive is refused, for a person; the message has the place. */
export type ArchiveReason = 'not-a-zip' | 'no-manifest' | 'damaged' | 'too-expanded' | 'no-records';

export const archiveInvalid = (reason: ArchiveReason, message: string): AnalysisError =>
  analysisError('archive-invalid', message, { reason });

/**
 * Reads the manifest of an archive that may come from anybody.
 * Errors: `archive-too-new` (details `version`, `supported`), `archive-invalid`.
 */
export function parseArchiveManifest(json: string): Result<ArchiveManifest, AnalysisError> {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return err(archiveInvalid('no-manifest', 'manifest.json is not JSON'));
  }
  const head = readJson(document, (reader) => ({
    format: reader.field('format').oneOf(archiveFormat),
    version: reader.field('version').integer(1, Number.MAX_SAFE_INTEGER),
  }));
  if (!head.ok)
    return err(archiveInvalid('no-manifest', `manifest: ${head.error.path} ${head.error.reason}`));
  const { version } = head.value;
  if (version > archiveVersion)
    return err(
      analysisError('archive-too-new', `the archive has version ${version}, read is ${archiveVersion}`, {
        version,
        supported: archiveVersion,
      }),
    );
  const read = readJson(document, readManifest);
  return read.ok
    ? ok(read.value)
    : err(archiveInvalid('damaged', `manifest: ${read.error.path} ${read.error.reason}`));
}

function readManifest(reader: JsonReader): ArchiveManifest {
  const program = reader.field('program');
  const parts = reader
    .field('parts')
    .array(0, archiveLimits.parts)
    .map((part, index) => ({
      file: part.field('file').oneOf(archivePartFile(index)),
      records: part.field('records').integer(1, archiveLimits.records),
      bytes: part.field('bytes').integer(1, archiveLimits.partBytes + archiveLimits.lineBytes),
    }));
  const records = reader.field('records').integer(0, archiveLimits.records);
  const sum = parts.reduce((total, part) => total + part.records, 0);
  if (sum !== records) reader.field('records').refuse(`is ${records}, its parts hold ${sum}`);
  return {
    format: archiveFormat,
    version: archiveVersion,
    program: { name: program.field('name').text(200), version: program.field('version').text(100) },
    createdAt: readIsoDate(reader.field('createdAt')),
    records,
    parts,
  };
}

/** A record as it lies in storage: the report as JSON text, so that exporting does not parse it. */
export interface ArchiveLine {
  readonly reportJson: string;
  readonly review: Review;
  readonly addedAt: string;
  readonly thumbnail: Uint8Array<ArrayBuffer> | null;
}

/** One line of a part, without its end. `reportJson` must be the JSON of one report. */
export function archiveLine({ reportJson, review, addedAt, thumbnail }: ArchiveLine): string {
  const rest = JSON.stringify({ addedAt, review, thumbnail: thumbnail && toBase64(thumbnail) });
  return `${rest.slice(0, -1)},"report":${reportJson}}`;
}

/**
 * Reads a line that may come from anybody: strict and bounded, as `parseReport` and `parseReview` are; the id is
 * computed, not taken. Errors: theirs, and `archive-invalid`.
 */
export function parseArchiveLine(line: string): Result<LibraryRecord, AnalysisError> {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return err(archiveInvalid('damaged', 'a record is not JSON'));
  }
  const read = readJson(document, (reader) => ({
    report: reader.field('report').value,
    review: reader.field('review').value,
    addedAt: readIsoDate(reader.field('addedAt')),
    thumbnail: reader.field('thumbnail').value,
  }));
  if (!read.ok) return err(archiveInvalid('damaged', `record: ${read.error.path} ${read.error.reason}`));
  const report = parseReportValue(read.value.report);
  if (!report.ok) return report;
  const review = parseReview(read.value.review, report.value.model.labels);
  if (!review.ok) return review;
  const thumbnail = readThumbnail(read.value.thumbnail);
  if (thumbnail === undefined) return err(archiveInvalid('damaged', 'a thumbnail is not a small PNG file'));
  return ok({
    id: recordIdOf(report.value),
    report: report.value,
    review: review.value,
    thumbnail,
    addedAt: read.value.addedAt,
  });
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function readThumbnail(value: unknown): Uint8Array<ArrayBuffer> | null | undefined {
  if (value === null) return null;
  if (typeof value !== 'string' || value.length > archiveLimits.thumbnailBytes * 1.4) return undefined;
  const bytes = fromBase64(value);
  return bytes !== null && pngSignature.every((byte, at) => bytes[at] === byte) ? bytes : undefined;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const codeOf = new Map(Array.from(alphabet, (character, code) => [character.charCodeAt(0), code]));

/** Base64 (RFC 4648) by hand: core has no btoa. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += alphabet[group >> 18] ?? '';
    text += alphabet[(group >> 12) & 63] ?? '';
    text += left > 1 ? alphabet[(group >> 6) & 63] : '=';
    text += left > 2 ? alphabet[group & 63] : '=';
  }
  return text;
}

/** Inverse of `toBase64`; null for anything that it does not write. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let at = 0, to = 0; at < text.length; at += 4) {
    let group = 0;
    for (let place = 0; place < 4; place += 1) {
      const isPadding = at + place >= text.length - padding;
      const code = isPadding ? 0 : codeOf.get(text.charCodeAt(at + place));
      if (code === undefined) return null;
      group = (group << 6) | code;
    }
    for (let place = 0; place < 3 && to < bytes.length; place += 1)
      bytes[to++] = (group >> (16 - 8 * place)) & 255;
  }
  return bytes;
}
