import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { ExportChoice, ExportFormat } from '#core/report/exportChoice.ts';
import { exportFileName, singleLine, type ExportedResult } from '#core/report/exportedResult.ts';
import { audacityLabels, ravenSelections } from '#core/report/labelTracks.ts';
import { resultsCsv, windowsCsv, type CsvExport } from '#core/report/resultsCsv.ts';
import { resultJsonLine, resultsJson } from '#core/report/resultsJson.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { DocumentInput, DocumentLook, FinishedExport } from '#workers/exports/api.ts';
import type { drawDocument } from '#workers/exports/drawDocument.ts';

/** A zip file without ZIP64 ends here; some room is left for its directory. */
const largestExportBytes = 0xf000_0000;
/** Text is handed to the browser, which may keep it on disk, in pieces of about this size. */
const pieceCharacters = 4 * 1024 * 1024;

const types: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/jsonl',
  audacity: 'text/plain',
  raven: 'text/plain',
  pdf: 'application/pdf',
};

/** One file that grows. Its text is kept in Blobs, outside the memory of JavaScript. */
class GrowingFile {
  private readonly parts: Blob[] = [];
  private waiting: string[] = [];
  private characters = 0;
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }

  write(text: string): void {
    this.waiting.push(text);
    this.characters += text.length;
    if (this.characters >= pieceCharacters) this.settle();
  }

  append(bytes: Uint8Array<ArrayBuffer>): void {
    this.parts.push(new Blob([bytes]));
  }

  private settle(): void {
    // Lone surrogates become U+FFFD here: the files are UTF-8.
    this.parts.push(new Blob([this.waiting.join('')]));
    this.waiting = [];
    this.characters = 0;
  }

  pieces(): readonly Blob[] {
    this.settle();
    return this.parts;
  }
}

/** Writes an export result by result; nothing but documents needs all of them at once. */
export interface ExportWriter {
  add(result: DocumentInput): void;
  finish(onPage: (pagesDone: number, pages: number) => void): Promise<Result<FinishedExport, AnalysisError>>;
}

/**
 * @param draw writes documents; loaded by the caller only where the choice has one
 */
export function createExportWriter(
  choice: ExportChoice,
  look: DocumentLook,
  font: Uint8Array<ArrayBuffer> | null,
  draw: () => Promise<typeof drawDocument>,
): ExportWriter {
  const has = (format: ExportFormat): boolean => choice.formats.includes(format);
  const tables: readonly (readonly [CsvExport, string, GrowingFile])[] = has('csv')
    ? [
        [resultsCsv, 'csv', new GrowingFile(types.csv)],
        ...(choice.windowsTable ? [[windowsCsv, 'windows.csv', new GrowingFile(types.csv)] as const] : []),
      ]
    : [];
  for (const [table, , file] of tables) file.write(table.head(choice));
  const json = has('json') ? new GrowingFile(types.json) : null;
  json?.write(resultsJson.head);
  const jsonLines = has('jsonl') ? new GrowingFile(types.jsonl) : null;
  /** One label track a result and format. */
  const tracks: { readonly name: string; readonly suffix: string; readonly file: GrowingFile }[] = [];
  const documents: DocumentInput[] = [];
  let count = 0;
  let firstName = '';

  const addTrack = (
    { report }: ExportedResult,
    suffix: string,
    write: (report: ExportedResult['report'], language: 'en' | 'zh') => string,
  ): void => {
    const file = new GrowingFile('text/plain');
    file.write(write(report, choice.language));
    tracks.push({ name: report.file.name, suffix, file });
  };

  /** All files under their names. What belongs to one result is named after it. */
  const files = async (
    onPage: (pagesDone: number, pages: number) => void,
  ): Promise<{ readonly name: string; readonly file: GrowingFile }[]> => {
    const taken = new Set<string>();
    const named = (suffix: string, file: GrowingFile): { name: string; file: GrowingFile } => ({
      name: exportFileName(count === 1 ? firstName : 'acousticsense-results', suffix, taken),
      file,
    });
    json?.write(resultsJson.tail);
    const made = [
      ...tables.map(([, suffix, file]) => named(suffix, file)),
      ...(json === null ? [] : [named('json', json)]),
      ...(jsonLines === null ? [] : [named('jsonl', jsonLines)]),
      ...tracks.map(({ name, suffix, file }) => ({ name: exportFileName(name, suffix, taken), file })),
    ];
    if (!has('pdf')) return made;
    if (font === null) throw new Error('a document needs a font');
    const pdf = new GrowingFile(types.pdf);
    pdf.append(await (await draw())(documents, look, font, onPage));
    return [...made, named('pdf', pdf)];
  };

  return {
    add(result) {
      for (const [table, , file] of tables) file.write(table.rows(result, choice));
      json?.write(`${count > 0 ? resultsJson.between : ''}${resultsJson.result(result)}`);
      jsonLines?.write(resultJsonLine(result));
      if (has('audacity')) addTrack(result, 'labels.txt', audacityLabels);
      if (has('raven')) addTrack(result, 'selections.txt', ravenSelections);
      if (has('pdf')) documents.push(result);
      if (count === 0) firstName = singleLine(result.report.file.name);
      count++;
    },
    async finish(onPage) {
      const made = await files(onPage);
      const [only] = made;
      if (only !== undefined && made.length === 1)
        return ok({ blob: new Blob([...only.file.pieces()], { type: only.file.type }), fileName: only.name });
      const blob = await zipOf(made);
      if (blob === null)
        return err(analysisError('archive-too-large', `an export of more than ${largestExportBytes} bytes`));
      return ok({
        blob,
        fileName: exportFileName(count === 1 ? firstName : 'acousticsense-results', 'zip'),
      });
    },
  };
}

/** The files in one zip; null where they do not fit. Piece by piece, so that no file is in memory as a whole. */
async function zipOf(
  files: readonly { readonly name: string; readonly file: GrowingFile }[],
): Promise<Blob | null> {
  const parts: Blob[] = [];
  let size = 0;
  let failure: Error | null = null;
  const zip = new Zip((error, chunk) => {
    if (error !== null) failure = error;
    else {
      parts.push(new Blob([new Uint8Array(chunk)]));
      size += chunk.length;
    }
  });
  for (const { name, file } of files) {
    const entry = file.type === types.pdf ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
    // The first day that the format knows: the same results give the same file.
    entry.mtime = new Date(1980, 0, 1);
    zip.add(entry);
    const pieces = file.pieces();
    for (const [index, piece] of pieces.entries()) {
      if (size + piece.size > largestExportBytes) return null;
      entry.push(new Uint8Array(await piece.arrayBuffer()), index === pieces.length - 1);
    }
  }
  zip.end();
  if (failure !== null) throw failure;
  return new Blob(parts, { type: 'application/zip' });
}
