import { inflateRawSync, deflateRawSync } from 'node:zlib';
import { unzipSync, zipSync } from 'fflate';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  archiveLine,
  fromBase64,
  parseArchiveLine,
  parseArchiveManifest,
  toBase64,
} from '#core/library/archive.ts';
import { noReview, recordIdOf } from '#core/library/record.ts';
import {
  dataOffset,
  findZipDirectory,
  localHeader,
  localHeaderBytes,
  readZipDirectory,
  zipDirectory,
  zipTailBytes,
  type ZipEntry,
} from '#core/library/zipFile.ts';
import { crc32 } from '#core/report/pngText.ts';
import { reportArbitrary, reviewArbitrary, testReport } from '#core/testing/reports.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
const addedAt = '2026-03-04T05:06:07.890Z';
const aResult = reportArbitrary.chain((report) =>
  // JSON has no negative zero.
  fc.tuple(
    fc.constant(JSON.parse(JSON.stringify(report)) as typeof report),
    reviewArbitrary(report.model.labels),
  ),
);

const line = (change: Record<string, unknown>): string =>
  JSON.stringify({ addedAt, review: noReview, thumbnail: null, report: testReport(), ...change });

const build = (files: Readonly<Record<string, Uint8Array>>): Buffer => {
  const parts: Uint8Array[] = [];
  const entries: ZipEntry[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content);
    const entry = {
      name,
      offset,
      crc32: crc32(content),
      bytes: content.length,
      compressedBytes: packed.length,
    };
    const header = localHeader(entry);
    entries.push(entry);
    parts.push(header, packed);
    offset += header.length + packed.length;
  }
  return Buffer.concat([...parts, zipDirectory(entries, offset)]);
};

const readAll = (zip: Uint8Array): Record<string, Uint8Array> | null => {
  const place = findZipDirectory(zip.subarray(Math.max(0, zip.length - zipTailBytes)), zip.length);
  if (place === null) return null;
  const entries = readZipDirectory(zip.subarray(place.offset, place.offset + place.bytes), place);
  if (entries === null) return null;
  return Object.fromEntries(
    Array.from(entries.values(), (entry) => {
      const header = zip.subarray(entry.offset, entry.offset + localHeaderBytes);
      const start = dataOffset(entry, header) ?? -1;
      const content = new Uint8Array(inflateRawSync(zip.subarray(start, start + entry.compressedBytes)));
      expect(crc32(content)).toBe(entry.crc32);
      return [entry.name, content];
    }),
  );
};

describe('a line of an archive', () => {
  it('brings every report and review back as it was', () => {
    fc.assert(
      fc.property(aResult, fc.boolean(), ([report, review], pictured) => {
        const thumbnail = pictured ? png : null;
        const line = archiveLine({ reportJson: JSON.stringify(report), review, addedAt, thumbnail });
        expect(line).not.toContain('\n');
        expect(parseArchiveLine(line)).toEqual({
          ok: true,
          value: { id: recordIdOf(report), report, review, addedAt, thumbnail },
        });
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    ['no JSON', '{"addedAt":'],
    ['no date', line({ addedAt: 'yesterday' })],
    ['no report', line({ report: undefined })],
    [
      'a review of a genre that the model does not have',
      line({
        review: { ...noReview, verdict: { kind: 'corrected', genre: 'Polka' } },
      }),
    ],
    ['a thumbnail that is no PNG', line({ thumbnail: toBase64(new Uint8Array(20)) })],
    ['a thumbnail that is no base64', line({ thumbnail: '<img>' })],
    ['a thumbnail of a megabyte', line({ thumbnail: 'A'.repeat(1_000_000) })],
  ])('with %s is refused', (_what, text) => {
    expect(parseArchiveLine(text).ok).toBe(false);
  });

  it('of a newer report says so', () => {
    const newer = line({ report: { ...testReport(), schemaVersion: 3 } });
    expect(parseArchiveLine(newer)).toMatchObject({ ok: false, error: { code: 'report-too-new' } });
  });
});

describe('the manifest of an archive', () => {
  const manifest = {
    format: 'acousticsense-library',
    version: 1,
    program: { name: 'test', version: '1' },
    createdAt: addedAt,
    records: 2,
    parts: [{ file: 'records/00001.jsonl', records: 2, bytes: 100 }],
  };
  const codeOf = (change: Record<string, unknown>): string => {
    const parsed = parseArchiveManifest(JSON.stringify({ ...manifest, ...change }));
    return parsed.ok ? 'ok' : parsed.error.code;
  };

  it('is read where everything fits, refused where not, and a newer one is called newer whatever else it says', () => {
    expect(codeOf({})).toBe('ok');
    expect(codeOf({ format: 'photos' })).toBe('archive-invalid');
    expect(codeOf({ records: 3 })).toBe('archive-invalid');
    expect(codeOf({ parts: [{ file: '../../etc/passwd', records: 2, bytes: 100 }] })).toBe('archive-invalid');
    expect(codeOf({ parts: [{ file: 'records/00001.jsonl', records: 2, bytes: 1e12 }] })).toBe(
      'archive-invalid',
    );
    expect(codeOf({ version: 2, parts: 'something else' })).toBe('archive-too-new');
    expect(parseArchiveManifest('nonsense')).toMatchObject({ ok: false, error: { code: 'archive-invalid' } });
  });
});

describe('base64', () => {
  it('is that of Node, and nothing else is read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(text)).toEqual(new Uint8Array(bytes));
      }),
    );
    for (const bad of ['A', 'AA=A', 'A===', '....', 'AAA\n']) expect(fromBase64(bad)).toBeNull();
  });
});

describe('the zip file', () => {
  const someFiles = fc.dictionary(
    fc.stringMatching(/^[a-z音乐/.]{1,20}[a-z]$/u),
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    { maxKeys: 6, noNullPrototype: true },
  );

  it('is read by another program, and theirs is read here', () => {
    fc.assert(
      fc.property(someFiles, (files) => {
        expect(unzipSync(build(files))).toEqual(files);
        // Level 9 always deflates.
        expect(readAll(zipSync(files, { level: 9 }))).toEqual(files);
        expect(readAll(build(files))).toEqual(files);
      }),
      { numRuns: 50 },
    );
  });

  it('cut anywhere, or of other bytes, is no zip file', () => {
    const zip = build({ 'a.json': Buffer.from('{"a":1}') });
    for (let length = 0; length < zip.length; length += 1)
      expect(readAll(zip.subarray(0, length))).toBeNull();
    expect(readAll(Buffer.from('this is no zip file at all, only text'))).toBeNull();
  });

  it('survives any damage of its directory without leaving the file', () => {
    const zip = build({ 'a.json': Buffer.from('{"a":1}'), 'b.json': Buffer.from('{}') });
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.nat(255), (at, value) => {
        const damaged = new Uint8Array(zip);
        damaged[at] = value;
        const place = findZipDirectory(damaged, damaged.length);
        if (place === null) return;
        const entries = readZipDirectory(damaged.subarray(place.offset, place.offset + place.bytes), place);
        for (const entry of entries?.values() ?? [])
          expect(entry.offset + localHeaderBytes + entry.compressedBytes).toBeLessThanOrEqual(place.offset);
      }),
    );
  });
});
