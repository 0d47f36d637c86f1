/** Writes exports off the main thread: a long result is megabytes of JSON, and parsing a font takes longer than a frame. */
import { expose } from 'comlink';
import { analysisError } from '#core/errors.ts';
import { err, ok } from '#core/result.ts';
import type { ExportsWorkerApi } from '#workers/exports/api.ts';
import { createExportWriter, type ExportWriter } from '#workers/exports/exportWriter.ts';

let writer: ExportWriter | null = null;

const failure = (cause: unknown) =>
  err(analysisError('internal', `export: ${cause instanceof Error ? cause.message : String(cause)}`));

const api: ExportsWorkerApi = {
  begin(choice, look, font) {
    // The PDF library is larger than all the rest: it comes only for documents.
    writer = createExportWriter(
      choice,
      look,
      font,
      async () => (await import('#workers/exports/drawDocument.ts')).drawDocument,
    );
  },
  async add(result) {
    try {
      writer?.add(result);
      return ok(undefined);
    } catch (cause) {
      return failure(cause);
    }
  },
  async finish(onPage) {
    try {
      if (writer === null) throw new Error('finish before begin');
      return await writer.finish(onPage);
    } catch (cause) {
      return failure(cause);
    }
  },
};

expose(api);
