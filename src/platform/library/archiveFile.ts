import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { RecordId } from '#core/library/record.ts';
import { err, type Result } from '#core/result.ts';
import type { ImportCount, LibraryCore } from '#platform/library/library.ts';

export async function writeArchive(
  _core: LibraryCore,
  _ids?: readonly RecordId[],
): Promise<Result<Blob, AnalysisError>> {
  return err(analysisError('internal', 'in work'));
}
export async function readArchive(
  _core: LibraryCore,
  _file: Blob,
): Promise<Result<ImportCount, AnalysisError>> {
  return err(analysisError('internal', 'in work'));
}
