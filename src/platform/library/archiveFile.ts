import { analysisError, type AnalysisError } from '#core/errors.ts';
import {
  archiveFormat,
  archiveInvalid,
  archiveLimits,
  archiveLine,
  archiveManifestFile,
  archivePartFile,
  archiveVersion,
  parseArchiveLine,
  parseArchiveManifest,
  type ArchiveLine,
  type ArchiveManifest,
  type ArchivePart,
} from '#core/library/archive.ts';
import { createRowDecoder, encodeRow, modelTableOf, tableKeyOf } from '#core/library/compactRow.ts';
import { replacesReview } from '#core/library/merging.ts';
import type { LibraryRecord, RecordId } from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import {
  dataOffset,
  findZipDirectory,
  largestZipBytes,
  localHeader,
  localHeaderBytes,
  readZipDirectory,
  zipDirectory,
  zipTailBytes,
  type ZipEntry,
} from '#core/library/zipFile.ts';
import { crc32 } from '#core/report/pngText.ts';
import { err, ok, type Result } from '#core/result.ts';
import { gunzipText, gzipText } from '#platform/library/gzip.ts';
import { inOne, type ImportCount, type LibraryCore } from '#platform/library/library.ts';
import { nameOf } from '#platform/weightsStorage.ts';
import type { LibraryDatabase, LibraryTransaction, StagedRecord } from '#platform/library/libraryDatabase.ts';

/** Leaves any depth of reading with the reason; turned into a value at the door. */
class ArchiveRefusal extends Error {
  readonly error: AnalysisError;
  constructor(error: AnalysisError) {
    super(error.message);
    this.error = error;
  }
}
const refuse = (error: AnalysisError): never => {
  throw new ArchiveRefusal(error);
};

const archiveType = 'application/zip';

/**
 * The library, or these records, as one archive. One record is in memory at a time; what is packed goes into Blobs, which
 * browsers keep outside the page. Errors: `archive-too-large` from 4 GB on, `library-failed`.
 */
export async function writeArchive(
  core: LibraryCore,
  ids?: readonly RecordId[],
): Promise<Result<Blob, AnalysisError>> {
  try {
    const file: BlobPart[] = [];
    const entries: ZipEntry[] = [];
    const parts: ArchivePart[] = [];
    let offset = 0;
    const add = (name: string, packed: PackedPart): void => {
      const entry = {
        name,
        offset,
        crc32: packed.crc32,
        bytes: packed.bytes,
        compressedBytes: packed.blob.size,
      };
      const header = localHeader(entry);
      entries.push(entry);
      file.push(header, packed.blob);
      offset += header.length + packed.blob.size;
      if (offset > largestZipBytes - archiveLimits.directoryBytes)
        refuse(analysisError('archive-too-large', `${offset} bytes and more to come`));
    };

    const lines = archiveLines(core, ids);
    for (;;) {
      const packed = await packPart(lines);
      if (packed.records === 0) break;
      const name = archivePartFile(parts.length);
      parts.push({ file: name, records: packed.records, bytes: packed.bytes });
      add(name, packed);
    }
    const manifest: ArchiveManifest = {
      format: archiveFormat,
      version: archiveVersion,
      program: core.host.program,
      createdAt: core.host.isoDate(),
      records: parts.reduce((sum, part) => sum + part.records, 0),
      parts,
    };
    add(archiveManifestFile, await packPart(onlyLine(JSON.stringify(manifest))));
    file.push(zipDirectory(entries, offset));
    return ok(new Blob(file, { type: archiveType }));
  } catch (cause) {
    return err(cause instanceof ArchiveRefusal ? cause.error : core.fail(cause));
  }
}

interface PackedPart {
  readonly blob: Blob;
  readonly crc32: number;
  /** Before packing. */
  readonly bytes: number;
  readonly records: number;
}

/** Packs lines until a part is full or they end. The browser packs beside the page's thread. */
async function packPart(lines: AsyncIterator<string>): Promise<PackedPart> {
  const packer = new CompressionStream('deflate-raw');
  const writer = packer.writable.getWriter();
  const blob = new Response(packer.readable).blob();
  const encoder = new TextEncoder();
  let checksum = 0;
  let bytes = 0;
  let records = 0;
  while (bytes < archiveLimits.partBytes) {
    const next = await lines.next();
    if (next.done === true) break;
    const line = encoder.encode(`${next.value}\n`);
    checksum = crc32(line, checksum);
    bytes += line.length;
    records += 1;
    await writer.write(line);
  }
  await writer.close();
  return { blob: await blob, crc32: checksum, bytes, records };
}

async function* onlyLine(line: string): AsyncGenerator<string, undefined> {
  yield line;
  return undefined;
}

async function* archiveLines(
  core: LibraryCore,
  ids: readonly RecordId[] | undefined,
): AsyncGenerator<string, undefined> {
  const db = await core.connection();
  const stored = ids ?? (await db?.getAllKeys('rows')) ?? [];
  for (const id of new Set([...stored, ...(ids === undefined ? core.unsaved.keys() : [])])) {
    const held = core.unsaved.get(id);
    const line =
      held !== undefined
        ? { ...held, reportJson: JSON.stringify(held.report) }
        : db === null
          ? null
          : await storedLine(db, id);
    // Removed while the archive was written: it is not part of it.
    if (line !== null) yield archiveLine(line);
  }
  return undefined;
}

async function storedLine(db: LibraryDatabase, id: RecordId): Promise<ArchiveLine | null> {
  const transaction = db.transaction(['rows', 'reports', 'thumbnails', 'models'], 'readonly');
  const [text, packed, thumbnail, tables] = await Promise.all([
    transaction.objectStore('rows').get(id),
    transaction.objectStore('reports').get(id),
    transaction.objectStore('thumbnails').get(id),
    transaction.objectStore('models').getAll(),
  ]);
  const row = text === undefined ? null : createRowDecoder(tables).decode(text);
  if (row === null || packed === undefined) return null;
  return {
    reportJson: await gunzipText(packed),
    review: row.review,
    addedAt: row.addedAt,
    thumbnail: thumbnail ?? null,
  };
}

/** Records that are checked and packed before the next write. */
const stagedAtATime = 32;

/**
 * Adds an archive to the library. Records are read one by one, checked, and staged; only when the whole archive has been
 * read and is sound does one transaction move them into the library, so that anything wrong changes nothing. Of a record
 * that is here already the report stays and the newer review wins. Records that are sound zip and JSON but no valid
 * result are left out and counted.
 *
 * Errors: `archive-invalid`, `archive-too-new`, `library-full`, `library-failed`.
 */
export async function readArchive(
  core: LibraryCore,
  file: Blob,
): Promise<Result<ImportCount, AnalysisError>> {
  const db = await core.connection();
  const staging = db === null ? stageInMemory(core) : stageInDatabase(core, db);
  try {
    const { manifest, entries } = await readContents(file);
    let refused = 0;
    let waiting: LibraryRecord[] = [];
    for (const part of manifest.parts) {
      const entry = entries.get(part.file);
      if (entry === undefined || entry.bytes !== part.bytes)
        throw new ArchiveRefusal(archiveInvalid('damaged', `${part.file} is missing or of another size`));
      let records = 0;
      for await (const line of linesOf(file, entry)) {
        records += 1;
        const record = parseArchiveLine(line);
        if (!record.ok) {
          if (record.error.code === 'report-too-new')
            refuse(analysisError('archive-too-new', record.error.message));
          refused += 1;
          continue;
        }
        waiting.push(record.value);
        if (waiting.length < stagedAtATime) continue;
        await staging.add(waiting);
        waiting = [];
      }
      if (records !== part.records)
        refuse(archiveInvalid('damaged', `${part.file} holds ${records} records, expected ${part.records}`));
    }
    if (refused > 0 && refused === manifest.records)
      refuse(archiveInvalid('no-records', `none of ${refused} records can be read`));
    await staging.add(waiting);
    return ok({ ...(await staging.commit()), refused });
  } catch (cause) {
    return err(cause instanceof ArchiveRefusal ? cause.error : core.fail(cause));
  } finally {
    await staging.clear().catch(() => undefined);
  }
}

async function readContents(
  file: Blob,
): Promise<{ manifest: ArchiveManifest; entries: ReadonlyMap<string, ZipEntry> }> {
  const tail = await bytesAt(file, Math.max(0, file.size - zipTailBytes), file.size);
  const place = findZipDirectory(tail, file.size);
  if (place === null || place.bytes > archiveLimits.directoryBytes)
    throw new ArchiveRefusal(archiveInvalid('not-a-zip', `no zip directory in ${file.size} bytes`));
  const directory = await bytesAt(file, place.offset, place.offset + place.bytes);
  const entries = readZipDirectory(directory, place);
  if (entries === null) throw new ArchiveRefusal(archiveInvalid('damaged', 'the zip directory is damaged'));
  const entry = entries.get(archiveManifestFile);
  if (entry === undefined || entry.bytes > archiveLimits.manifestBytes)
    throw new ArchiveRefusal(archiveInvalid('no-manifest', 'there is no manifest.json'));
  let text = '';
  for await (const line of linesOf(file, entry)) text += `${line}\n`;
  const manifest = parseArchiveManifest(text);
  if (!manifest.ok) throw new ArchiveRefusal(manifest.error);
  const bytes = manifest.value.parts.reduce((sum, part) => sum + part.bytes, 0);
  if (bytes > archiveLimits.expansion * file.size)
    throw new ArchiveRefusal(archiveInvalid('too-expanded', `${bytes} bytes in a file of ${file.size}`));
  return { manifest: manifest.value, entries };
}

async function bytesAt(file: Blob, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer());
}

/** The lines of an entry, unpacked as they are read; never more than its declared size, and its checksum is compared. */
async function* linesOf(file: Blob, entry: ZipEntry): AsyncGenerator<string, undefined> {
  const header = await bytesAt(file, entry.offset, entry.offset + localHeaderBytes);
  const start = dataOffset(entry, header);
  if (start === null)
    throw new ArchiveRefusal(archiveInvalid('damaged', `${entry.name} is not where it should be`));
  const packed = file.slice(start, start + entry.compressedBytes);
  const reader = packed.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Pieces of the line that has not ended. */
  let begun: string[] = [];
  let begunLength = 0;
  let checksum = 0;
  let bytes = 0;
  try {
    for (;;) {
      const chunk = await reader.read();
      if (chunk.done) break;
      bytes += chunk.value.length;
      if (bytes > entry.bytes)
        throw new ArchiveRefusal(archiveInvalid('damaged', `${entry.name} is longer than it says`));
      checksum = crc32(chunk.value, checksum);
      const pieces = decoder.decode(chunk.value, { stream: true }).split('\n');
      for (const [index, piece] of pieces.entries()) {
        begun.push(piece);
        begunLength += piece.length;
        if (begunLength > archiveLimits.lineBytes)
          throw new ArchiveRefusal(archiveInvalid('damaged', `${entry.name} has a line that is too long`));
        if (index === pieces.length - 1) break;
        const line = begun.join('');
        begun = [];
        begunLength = 0;
        if (line !== '') yield line;
      }
    }
    const rest = begun.join('') + decoder.decode();
    if (rest !== '') yield rest;
  } catch (cause) {
    // The file went away or may not be read: that says nothing about what it holds.
    if (cause instanceof ArchiveRefusal || nameOf(cause).startsWith('Not')) throw cause;
    // What hosts say of packed bytes or of UTF-8 that are none.
    throw new ArchiveRefusal(archiveInvalid('damaged', `${entry.name}: ${String(cause)}`));
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (bytes !== entry.bytes || checksum !== entry.crc32)
    throw new ArchiveRefusal(archiveInvalid('damaged', `${entry.name} has another checksum than it should`));
  return undefined;
}

/** Where records wait until the archive has proved sound. */
interface Staging {
  add(records: readonly LibraryRecord[]): Promise<void>;
  commit(): Promise<{ added: number; merged: number }>;
  clear(): Promise<void>;
}

function stageInMemory(core: LibraryCore): Staging {
  const staged = new Map<RecordId, LibraryRecord>();
  return {
    add: async (records) => {
      for (const record of records) staged.set(record.id, record);
    },
    commit: async () => {
      let merged = 0;
      const records = [...staged.values()].map((theirs) => {
        const ours = core.unsaved.get(theirs.id);
        if (ours === undefined) return theirs;
        merged += 1;
        return {
          ...ours,
          review: replacesReview(theirs.review, ours.review) ? theirs.review : ours.review,
          thumbnail: ours.thumbnail ?? theirs.thumbnail,
        };
      });
      core.hold(records);
      return { added: records.length - merged, merged };
    },
    clear: async () => staged.clear(),
  };
}

function stageInDatabase(core: LibraryCore, db: LibraryDatabase): Staging {
  // The date first, so that what an interrupted import left can be told by its age.
  const importId = `${core.host.isoDate()} ${crypto.randomUUID()}`;
  const range = IDBKeyRange.bound([importId, ''], [importId, '\uffff']);
  const stores = ['rows', 'reports', 'thumbnails', 'models', 'staging'] as const;
  return {
    add: async (records) => {
      if (records.length === 0) return;
      const staged: [RecordId, StagedRecord][] = [];
      for (const record of records) {
        const table = modelTableOf(record.report.model);
        staged.push([
          record.id,
          {
            report: await gzipText(JSON.stringify(record.report)),
            row: encodeRow(rowOf(record), table),
            table,
            thumbnail: record.thumbnail,
          },
        ]);
      }
      const transaction = db.transaction('staging', 'readwrite');
      await inOne(transaction, () =>
        Promise.all(staged.map(([id, value]) => transaction.store.put(value, [importId, id]))),
      );
    },
    commit: async () => {
      const transaction = db.transaction([...stores], 'readwrite') as unknown as LibraryTransaction;
      const changed: RecordId[] = [];
      let added = 0;
      await inOne(transaction, async () => {
        let cursor = await transaction.objectStore('staging').openCursor(range);
        while (cursor !== null) {
          const [, id] = cursor.key;
          if (await mergeStaged(transaction, id, cursor.value)) added += 1;
          changed.push(id);
          cursor = await cursor.continue();
        }
      });
      await core.announce(changed);
      return { added, merged: changed.length - added };
    },
    clear: async () => db.delete('staging', range),
  };
}

/** True where the record is new here. */
async function mergeStaged(
  transaction: LibraryTransaction,
  id: RecordId,
  staged: StagedRecord,
): Promise<boolean> {
  const rows = transaction.objectStore('rows');
  const thumbnails = transaction.objectStore('thumbnails');
  const text = await rows.get(id);
  const tables = await transaction.objectStore('models').getAll();
  const decoder = createRowDecoder([...tables, staged.table]);
  const ours = text === undefined ? null : decoder.decode(text);
  const theirs = decoder.decode(staged.row);
  if (theirs === null) throw new Error('a staged row cannot be read');
  if (ours === null) {
    await transaction.objectStore('models').put(staged.table, staged.table.key);
    await rows.put(staged.row, id);
    await transaction.objectStore('reports').put(staged.report, id);
    if (staged.thumbnail !== null) await thumbnails.put(staged.thumbnail, id);
    return true;
  }
  const key = text === undefined ? '' : tableKeyOf(text);
  const table = tables.find((candidate) => candidate.key === key);
  if (table === undefined) throw new Error('a row has no model table');
  const newer = replacesReview(theirs.review, ours.review);
  const picture = !ours.hasThumbnail && staged.thumbnail !== null;
  if (picture) await thumbnails.put(staged.thumbnail, id);
  if (newer || picture)
    await rows.put(
      encodeRow(
        {
          ...ours,
          review: newer ? theirs.review : ours.review,
          hasThumbnail: ours.hasThumbnail || picture,
        },
        table,
      ),
      id,
    );
  return false;
}
