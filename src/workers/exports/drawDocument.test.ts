import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  decodePDFRawStream,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFRawStream,
  PDFRef,
} from '@cantoo/pdf-lib';
import { describe, expect, it } from 'vitest';
import { noReview, type Review } from '#core/library/record.ts';
import { colormaps } from '#core/render/colormaps.ts';
import { testReport } from '#core/testing/reports.ts';
import type { DocumentInput, DocumentLook } from '#workers/exports/api.ts';
import { drawDocument } from '#workers/exports/drawDocument.ts';
import { readPdfText } from '#workers/exports/testing/readPdfText.ts';

const font = new Uint8Array(
  readFileSync(
    createRequire(import.meta.url).resolve(
      '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
    ),
  ),
);
const look: DocumentLook = {
  language: 'en',
  palette: colormaps.magma,
  floorDb: -80,
  ceilingDb: 0,
  overlayOpacity: 0.6,
};
const spectrogram = { width: 64, height: 32, entries: Uint8Array.from({ length: 2048 }, (_, i) => i & 255) };
const input = (name: string, review: Review = noReview): DocumentInput => ({
  report: testReport(['Jazz', 'R&B', null, 'Jazz'], name),
  review,
  spectrogram,
  thumbnail: null,
});

/** Every object of a document that is a dictionary or a stream with one. */
async function dictionaries(bytes: Uint8Array): Promise<PDFDict[]> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  return document.context
    .enumerateIndirectObjects()
    .map(([, object]) => (object instanceof PDFRawStream ? object.dict : object))
    .filter((object) => object instanceof PDFDict);
}

describe('drawDocument', () => {
  it('holds a result as text that can be found and copied, Chinese included', async () => {
    const review: Review = {
      verdict: { kind: 'corrected', genre: 'Classical' },
      note: '很美的夜曲。A fine nocturne.',
      tags: ['late night'],
      reviewedAt: '2026-02-03T04:05:06Z',
    };
    const pages = await readPdfText(await drawDocument([input('夜曲 Nocturne.flac', review)], look, font));
    expect(pages).toHaveLength(1);
    const [page] = pages;
    expect(page![0]).toBe('夜曲 Nocturne.flac');
    for (const text of [
      'Jazz',
      'R&B *',
      '50.00 %',
      '67 % of 3 windows agree on the first',
      '* experimental label: rests on little evidence',
      'Corrected to Classical',
      'Tags: late night',
      '很美的夜曲。A fine nocturne.',
      '120.2 BPM',
      '0123456789abcdef'.repeat(4),
      'test-model 1.2.3',
      '2026-01-02 03:04:05 UTC  ·  AcousticSense AI 0.1.0',
    ])
      expect(page).toContain(text);
  });

  it('speaks Chinese where asked', async () => {
    const [page] = await readPdfText(
      await drawDocument([input('song.wav')], { ...look, language: 'zh' }, font),
    );
    for (const text of ['最可能的流派', '爵士', '节奏布鲁斯 *', '尚无结论', '响度（BS.1770）'])
      expect(page).toContain(text);
  });

  it('draws every glyph it embeds: none of the outlines is empty', async () => {
    const bytes = await drawDocument([input('夜曲 Nocturne 0123456789 ABCxyz.flac')], look, font);
    const descriptor = (await dictionaries(bytes)).find((one) => one.has(PDFName.of('FontFile2')));
    const stream = descriptor?.lookup(PDFName.of('FontFile2'));
    // Read by another way than the file was written: the subset's own tables, outline by outline.
    const subset = decodePDFRawStream(stream as PDFRawStream).decode();
    const { numGlyphs, outlineLengths, bad } = outlines(subset);
    expect(numGlyphs).toBeGreaterThan(60);
    expect(bad).toEqual([]);
    // The space, and the glyph for what is missing, may be empty.
    expect(outlineLengths.filter((length) => length === 0).length).toBeLessThanOrEqual(2);
    expect(subset.length).toBeLessThan(60_000);
  });

  it('replaces what the font lacks, visibly, and says so', async () => {
    const hostile = `=cmd|' /C calc'!A0\n\u202egpj😀مرحبا👩‍👩‍👧\ud800${'x'.repeat(200)}.wav`;
    const [page] = await readPdfText(await drawDocument([input(hostile)], look, font));
    expect(page![0]).toMatch(/^=cmd\|' \/C calc'!A0 gpj□/u);
    expect(page![0]).toMatch(/…x+\.wav$/u);
    expect(page).toContain(
      '□ stands for characters that the font of this document lacks; the CSV and JSON exports have them.',
    );
  });

  it('has a page for each of many, contents with links, and an outline', async () => {
    const inputs = Array.from({ length: 40 }, (_, i) => input(`曲目 ${i + 1}.wav`));
    const done: number[] = [];
    const bytes = await drawDocument(inputs, look, font, (page) => done.push(page));
    const pages = await readPdfText(bytes);
    expect(pages).toHaveLength(42);
    expect(done.at(-1)).toBe(42);
    expect(pages[0]).toContain('曲目 1.wav');
    expect(pages[0]).toContain('3');
    expect(pages[1]).toContain('曲目 40.wav');
    expect(pages[2]![0]).toBe('曲目 1.wav');
    const found = await dictionaries(bytes);
    const links = found.filter((one) => one.get(PDFName.of('Subtype')) === PDFName.of('Link'));
    expect(links).toHaveLength(40);
    expect(links[0]!.get(PDFName.of('Dest'))?.toString()).toMatch(/\d+ 0 R \/Fit/u);
    const bookmarks = found
      .map((one) => [one.get(PDFName.of('Title')), one.get(PDFName.of('Parent'))] as const)
      .filter(([title, parent]) => title instanceof PDFHexString && parent instanceof PDFRef)
      .map(([title]) => (title as PDFHexString).decodeText());
    expect(bookmarks).toHaveLength(41);
    expect(bookmarks.slice(0, 2)).toEqual(['Results', '曲目 1.wav']);
    // Pictures and font are there once, not once a page.
    expect(bytes.length / 40).toBeLessThan(20_000);
  });

  it('is the same file for the same results, dated by them', async () => {
    const [first, second] = await Promise.all([
      drawDocument([input('a.wav')], look, font),
      drawDocument([input('a.wav')], look, font),
    ]);
    expect(first).toEqual(second);
    const document = await PDFDocument.load(first, { updateMetadata: false });
    expect(document.getTitle()).toBe('a.wav');
    expect(document.getAuthor()).toBe('AcousticSense AI 0.1.0');
    expect(document.getCreationDate()?.toISOString()).toBe('2026-01-02T03:04:05.000Z');
  });

  it('holds spectrogram and overlay as pictures of their own', async () => {
    const found = await dictionaries(await drawDocument([input('a.wav')], look, font));
    const sizes = found
      .filter((one) => one.get(PDFName.of('Subtype')) === PDFName.of('Image'))
      .map((one) => `${String(one.get(PDFName.of('Width')))}x${String(one.get(PDFName.of('Height')))}`);
    // The spectrogram, the overlay, and the overlay's opacity: 560 frames in 14 rows of patches.
    expect(sizes.toSorted()).toEqual(['561x14', '561x14', '64x32']);
  });

  it('says so where there is no audio, and takes a damaged small picture for none', async () => {
    const without = { ...input('a.wav'), spectrogram: null };
    const [none] = await readPdfText(await drawDocument([without], look, font));
    expect(none).toContain('No audio here, so there is no spectrogram.');
    const damaged = { ...without, thumbnail: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]) };
    const [same] = await readPdfText(await drawDocument([damaged], look, font));
    expect(same).toEqual(none);
    const png = new Uint8Array(readFileSync(new URL('../../../public/icons/icon-192.png', import.meta.url)));
    const [small] = await readPdfText(await drawDocument([{ ...without, thumbnail: png }], look, font));
    expect(small).toContain('No audio here: the small picture from the library.');
  });
});

/** Lengths of the outlines of a TrueType font, and which of them do not begin like one. */
function outlines(ttf: Uint8Array): { numGlyphs: number; outlineLengths: number[]; bad: number[] } {
  const view = new DataView(ttf.buffer, ttf.byteOffset, ttf.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const record = 12 + 16 * i;
    tables.set(String.fromCharCode(...ttf.subarray(record, record + 4)), view.getUint32(record + 8));
  }
  const numGlyphs = view.getUint16(tables.get('maxp')! + 4);
  const long = view.getInt16(tables.get('head')! + 50) === 1;
  const loca = tables.get('loca')!;
  const at = (glyph: number): number =>
    long ? view.getUint32(loca + 4 * glyph) : 2 * view.getUint16(loca + 2 * glyph);
  const glyf = tables.get('glyf')!;
  const outlineLengths: number[] = [];
  const bad: number[] = [];
  for (let glyph = 0; glyph < numGlyphs; glyph++) {
    const length = at(glyph + 1) - at(glyph);
    outlineLengths.push(length);
    if (length === 0) continue;
    const start = glyf + at(glyph);
    const [contours, xMin, yMin, xMax, yMax] = [0, 2, 4, 6, 8].map((offset) => view.getInt16(start + offset));
    // A Latin or Chinese glyph of 1000 units has few contours and a box that is one.
    if (contours! < -1 || contours! > 40 || xMin! >= xMax! || yMin! >= yMax! || xMax! > 3000) bad.push(glyph);
  }
  return { numGlyphs, outlineLengths, bad };
}
