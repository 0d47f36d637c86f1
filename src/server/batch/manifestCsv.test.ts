import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords, type ManifestLine, readManifestCsv } from '#server/batch/manifestCsv.ts';

async function read(file: string | Uint8Array, pieceBytes = 1_000_000): Promise<ManifestLine[]> {
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
  const pieces = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  return Readable.from(readManifestCsv(pieces)).toArray() as Promise<ManifestLine[]>;
}

/** Short: `[line, songId, path, priority]`, or `[line, message]`. */
const short = (lines: readonly ManifestLine[]): unknown[] =>
  lines.map(({ line, song }) =>
    song.ok ? [line, song.value.songId, song.value.path, song.value.priority] : [line, song.error],
  );

const everyPiece = [1, 2, 3, 7, 1000];

describe.each(everyPiece)('a manifest that comes in pieces of %i bytes', (pieceBytes) => {
  it('is read with byte order mark, CR LF, quotes, Chinese and a priority', async () => {
    const file = [
      '\ufeffsong_id,path,priority',
      'a,a.mp3,0',
      '"歌,一","目录/歌 ""1"".mp3",',
      '',
      '"two\nlines",/music/b.flac,9',
      ' spaced , c.mp3 , 5 ',
      'last,d.mp3,5',
    ].join('\r\n');
    expect(short(await read(file, pieceBytes))).toEqual([
      [2, 'a', 'a.mp3', 0],
      [3, '歌,一', '目录/歌 "1".mp3', null],
      [5, 'song_id has more than 200 characters or a control character'],
      [7, ' spaced ', ' c.mp3 ', 5],
      [8, 'last', 'd.mp3', 5],
    ]);
  });

  it('names the line of what is wrong, and goes on', async () => {
    const file = [
      'path,song_id,priority,title',
      'a.mp3,a,10,',
      'b.mp3,b,5',
      ',c,5,',
      'd.mp3,,5,',
      'e.mp3,e"x,5,',
      '"f.mp3"x,f,5,',
      'g.mp3,g,5,fine',
      'h.mp3,g,5,twice',
      `i.mp3,${'i'.repeat(201)},5,`,
      '"never closed,j,5,',
      'k.mp3,k,5,fine',
    ].join('\n');
    expect(short(await read(file, pieceBytes))).toEqual([
      [2, "priority is 0 to 9, not '10'"],
      [3, '3 columns where the header has 4'],
      [4, 'path is empty'],
      [5, 'song_id is empty'],
      [6, 'a quote is out of place: cells with quotes are written "like ""this"""'],
      [7, 'a quote is out of place: cells with quotes are written "like ""this"""'],
      [8, 'g', 'g.mp3', 5],
      [9, "song_id 'g' is on line 8 already"],
      [10, 'song_id has more than 200 characters or a control character'],
      [11, 'a quote is out of place: cells with quotes are written "like ""this"""'],
      [12, 'k', 'k.mp3', 5],
    ]);
  });
});

it('a quote that is never closed costs its line, not the thousands after it', async () => {
  const rest = Array.from({ length: 5000 }, (_, index) => `s${index},${index}.mp3`);
  const lines = await read(['song_id,path', '"open,x.mp3', ...rest].join('\n'), 65_536);
  expect(lines).toHaveLength(5001);
  expect(lines[0]).toMatchObject({ line: 2, song: { ok: false } });
  expect(lines.at(-1)).toMatchObject({ line: 5002, song: { ok: true, value: { songId: 's4999' } } });
});

it.each([
  ['', 1, 'the file is empty'],
  ['\n\n', 1, 'the file is empty'],
  ['a,b.mp3\n', 1, 'no header'],
  ['song_id;path\na;b.mp3\n', 1, "separated by ';'"],
  ['song_id\tpath\na\tb.mp3\n', 1, 'separated by tabs'],
  ['song_id\n', 1, 'no header'],
  [new Uint8Array([0xff, 0xfe, 0x73, 0]), 1, 'UTF-16'],
  [new Uint8Array([0x50, 0x4b, 3, 4]), 1, 'spreadsheet'],
  // GBK, as Chinese spreadsheets save "CSV".
  [
    Buffer.concat([Buffer.from('song_id,path\na,'), Buffer.from([0xb8, 0xe8]), Buffer.from('.mp3\n')]),
    1,
    'not UTF-8',
  ],
])('%j is refused as a whole', async (file, line, text) => {
  const lines = await read(file);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.line).toBe(line);
  expect(lines[0]?.song).toMatchObject({ ok: false, error: expect.stringContaining(text) as unknown });
});

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

it('reads back what is written after RFC 4180, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { minLength: 2, maxLength: 4 }), {
        maxLength: 6,
      }),
      fc.integer({ min: 1, max: 40 }),
      (rows, cut) => {
        const text = rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
        const pieces = [];
        for (let at = 0; at < text.length; at += cut) pieces.push(text.slice(at, at + cut));
        expect([...csvRecords(pieces)].map(({ cells }) => cells)).toEqual(rows);
      },
    ),
  );
});

it('never throws and never loses its place, whatever the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', ' ') }), async (text) => {
      const lines = await read(`song_id,path\n${text}\nlast,z.mp3\n`, 3);
      for (const { line } of lines) expect(line).toBeGreaterThan(1);
      const numbers = lines.map(({ line }) => line);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }),
  );
});
