import { err, ok, type Result } from '#core/result.ts';
import { isSongId } from '#server/queue/jobId.ts';

/**
 * The list of songs that `enqueue` reads (docs/formats.md): UTF-8, comma-separated after RFC 4180, with or without a byte
 * order mark, lines ended by CR LF or LF, the header `song_id,path` or `song_id,path,priority` in any order, other columns
 * ignored. A line that is wrong costs itself only.
 */

export interface ManifestSong {
  readonly songId: string;
  /** As it stands in the file: relative to it, or absolute. */
  readonly path: string;
  readonly priority: number | null;
}

/** What one line of the file gives; `line` is where it begins, from 1. */
export interface ManifestLine {
  readonly line: number;
  readonly song: Result<ManifestSong, string>;
}

/** A record of the file, cells unquoted; null where its quotes are wrong. */
interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[] | null;
}

/** Longer records are no songs but a quote that was never closed: it must not swallow the whole file. */
const longestRecord = 20_000;

/**
 * Splits a text that comes in pieces into records. A record whose quotes are wrong ends at the end of its line, so that
 * those after it are read.
 */
export function* csvRecords(pieces: Iterable<string>): Generator<CsvRecord> {
  const splitter = createSplitter();
  for (const piece of pieces) yield* splitter.push(piece);
  yield* splitter.end();
}

interface Splitter {
  push(piece: string): readonly CsvRecord[];
  end(): readonly CsvRecord[];
}

function createSplitter(): Splitter {
  let rest = '';
  let line = 1;

  const take = (last: boolean): readonly CsvRecord[] => {
    const records: CsvRecord[] = [];
    for (let at = 0; ;) {
      const found = at < rest.length ? readRecord(rest, at, last) : null;
      if (found === null) {
        rest = rest.slice(at);
        return records;
      }
      // Empty lines are no records.
      if (found.cells === null || found.cells.length > 1 || found.cells[0] !== '') {
        records.push({ line, cells: found.cells });
      }
      line += found.lines;
      at = found.end;
    }
  };
  return {
    push(piece) {
      rest += piece;
      return take(false);
    },
    end: () => take(true),
  };
}

interface ReadRecord {
  readonly cells: readonly string[] | null;
  readonly end: number;
  readonly lines: number;
}

/** Reads the record at a place; null where more text is needed to know its end. */
function readRecord(text: string, start: number, last: boolean): ReadRecord | null {
  const cells: string[] = [];
  let at = start;
  for (;;) {
    let cell: string;
    if (text[at] === '"') {
      const quoted = readQuoted(text, at, Math.min(text.length, start + longestRecord));
      if (quoted === null) {
        return last || text.length - start >= longestRecord ? broken(text, start, last) : null;
      }
      ({ cell, at } = quoted);
    } else {
      const from = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') {
        if (text[at] === '"') return broken(text, start, last);
        at++;
      }
      cell = text.slice(from, at);
    }
    cells.push(cell);
    const next = text[at];
    if (next === ',') {
      at++;
      if (at === text.length && !last) return null;
      continue;
    }
    if (next === undefined) return last ? { cells, end: at, lines: 1 } : null;
    if (next === '\r' && at + 1 === text.length && !last) return null;
    // A lone CR ends a line as well: old spreadsheets write it.
    if (next === '\n' || next === '\r') {
      const end = text.startsWith('\r\n', at) ? at + 2 : at + 1;
      return { cells, end, lines: linesIn(text, start, end) };
    }
    return broken(text, start, last);
  }
}

function readQuoted(text: string, start: number, end: number): { cell: string; at: number } | null {
  for (let at = text.indexOf('"', start + 1); at !== -1 && at < end; at = text.indexOf('"', at + 2)) {
    // The last character may be half of a doubled quote; then more text is needed, and at the end there is none.
    if (text[at + 1] !== '"') {
      return { cell: text.slice(start + 1, at).replaceAll('""', '"'), at: at + 1 };
    }
  }
  return null;
}

/** A record that cannot be read, up to the end of the line that it began on. */
function broken(text: string, start: number, last: boolean): ReadRecord | null {
  const match = /\r\n|\n|\r/g;
  match.lastIndex = start;
  const found = match.exec(text);
  if (found === null) return last ? { cells: null, end: text.length, lines: 1 } : null;
  if (found[0] === '\r' && match.lastIndex === text.length && !last) return null;
  return { cells: null, end: match.lastIndex, lines: 1 };
}

const linesIn = (text: string, start: number, end: number): number =>
  text.slice(start, end).match(/\r\n|\n|\r/g)?.length ?? 0;

/**
 * Reads the songs of a manifest from the bytes of its file as they come. What is wrong with the file as a whole (its
 * encoding, its header) ends it as one failed line; so does nothing at all.
 */
export async function* readManifestCsv(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<ManifestLine> {
  const splitter = createSplitter();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let columns: Columns | null = null;
  const lineOfSong = new Map<string, number>();

  const read = function* (records: readonly CsvRecord[]): Generator<ManifestLine, boolean> {
    for (const { line, cells } of records) {
      if (columns === null) {
        const header = readHeader(cells);
        if (!header.ok) {
          yield { line, song: header };
          return false;
        }
        columns = header.value;
        continue;
      }
      const song = readSong(cells, columns);
      const earlier = song.ok ? lineOfSong.get(song.value.songId) : undefined;
      if (song.ok && earlier === undefined) lineOfSong.set(song.value.songId, line);
      yield {
        line,
        song:
          song.ok && earlier !== undefined
            ? err(`song_id '${song.value.songId}' is on line ${earlier} already`)
            : song,
      };
    }
    return true;
  };

  let first = true;
  let line = 1;
  try {
    for await (const piece of bytes) {
      if (first && piece.length > 0) {
        const encoding = otherEncoding(piece);
        if (encoding !== null) {
          yield { line, song: err(`the file is in ${encoding}: save it as "CSV UTF-8"`) };
          return;
        }
        first = false;
      }
      const records = splitter.push(decoder.decode(piece, { stream: true }));
      line = records.at(-1)?.line ?? line;
      if (!(yield* read(records))) return;
    }
    const records = [...splitter.push(decoder.decode()), ...splitter.end()];
    if (!(yield* read(records))) return;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    yield { line, song: err('the file is not UTF-8 from about here on: save it as "CSV UTF-8"') };
    return;
  }
  if (columns === null) yield { line: 1, song: err('the file is empty: its header is song_id,path') };
}

function otherEncoding(start: Uint8Array): string | null {
  const [a, b] = start;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return 'UTF-16';
  return a === 0x50 && b === 0x4b ? 'a spreadsheet or zip format, not CSV' : null;
}

interface Columns {
  readonly songId: number;
  readonly path: number;
  /** -1 where there is none. */
  readonly priority: number;
  readonly count: number;
}

function readHeader(cells: readonly string[] | null): Result<Columns, string> {
  const names = (cells ?? []).map((name) => name.trim().toLowerCase());
  const columns = {
    songId: names.indexOf('song_id'),
    path: names.indexOf('path'),
    priority: names.indexOf('priority'),
    count: names.length,
  };
  if (columns.songId >= 0 && columns.path >= 0) return ok(columns);
  const separator = names.length === 1 ? /song_id\s*([;\t|])/.exec(names[0] ?? '')?.[1] : undefined;
  if (separator !== undefined) {
    return err(
      `the columns are separated by ${separator === '\t' ? 'tabs' : `'${separator}'`}, not by commas`,
    );
  }
  return err('the first line is no header with the columns song_id and path');
}

function readSong(cells: readonly string[] | null, columns: Columns): Result<ManifestSong, string> {
  if (cells === null) return err('a quote is out of place: cells with quotes are written "like ""this"""');
  if (cells.length !== columns.count) {
    return err(`${cells.length} columns where the header has ${columns.count}`);
  }
  const songId = cells[columns.songId] ?? '';
  const path = cells[columns.path] ?? '';
  const priority = columns.priority === -1 ? '' : (cells[columns.priority] ?? '').trim();
  if (songId === '') return err('song_id is empty');
  if (!isSongId(songId)) return err('song_id has more than 200 characters or a control character');
  if (path === '') return err('path is empty');
  if (/\p{Cc}/u.test(path)) return err('path has a control character');
  if (priority !== '' && !/^\d$/.test(priority)) return err(`priority is 0 to 9, not '${priority}'`);
  return ok({ songId, path, priority: priority === '' ? null : Number(priority) });
}
