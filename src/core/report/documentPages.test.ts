import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { indexedSpectrogram, translucentOverlay } from '#core/render/documentPicture.ts';
import { layOutDocument, type DocumentOptions } from '#core/report/documentPages.ts';
import { pageHeight, pageWidth, type DocumentFont } from '#core/report/documentPen.ts';
import { reportArbitrary, reviewArbitrary } from '#core/testing/reports.ts';

/** Half an em a character; nothing beyond the basic plane. */
const font: DocumentFont = {
  width: (text, size) => (text.length * size) / 2,
  has: (codePoint) => codePoint < 0xd800,
};
const options: DocumentOptions = {
  language: 'en',
  overlayScaleMax: [4, null],
  spectrogramColor: () => [0, 0, 0],
  floorDb: -80,
  ceilingDb: 0,
};

describe('layOutDocument', () => {
  it('keeps everything on its page, whatever the report, the review and the language', () => {
    fc.assert(
      fc.property(
        reportArbitrary.chain((report) =>
          reviewArbitrary(report.model.labels).map((review) => ({ report, review })),
        ),
        fc.constantFrom('en' as const, 'zh' as const),
        fc.constantFrom('spectrogram' as const, 'thumbnail' as const, 'none' as const),
        fc.string({ unit: 'binary', maxLength: 800 }),
        (result, language, picture, note) => {
          const noted = { ...result, review: { ...result.review, note }, picture };
          const { pages } = layOutDocument([noted, noted], font, { ...options, language });
          expect(pages).toHaveLength(3);
          const outside: unknown[] = [];
          const unprintable: string[] = [];
          for (const item of pages.flatMap((page) => page.items)) {
            const boxes =
              item.kind === 'rects'
                ? item.rects
                : item.kind === 'text'
                  ? [[item.x, item.y - item.size, font.width(item.text, item.size), item.size] as const]
                  : [[item.x, item.y, item.width, item.height] as const];
            for (const box of boxes) {
              const [x, y, width, height] = box;
              if (x < 0 || y < 0 || x + width > pageWidth || y + height > pageHeight) outside.push(box);
            }
            if (item.kind === 'text' && /[\p{Cc}\p{Cs}]/u.test(item.text)) unprintable.push(item.text);
          }
          expect({ outside, unprintable }).toEqual({ outside: [], unprintable: [] });
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe('pictures of documents', () => {
  it('have the loudest of the frames under each column, low bands at the bottom', () => {
    const values = new Float32Array(2 * 8).fill(-100);
    // Band 0 is loudest at frame 5, band 1 is 40 dB softer at frame 2.
    values[5] = 0;
    values[8 + 2] = -40;
    const pyramid = buildSpectrogramPyramid({ values, nMels: 2, nFrames: 8 });
    const picture = indexedSpectrogram(pyramid, 4, { floorDb: -80, ceilingDb: 0 });
    expect(picture).toEqual({ width: 4, height: 2, entries: Uint8Array.from([0, 128, 0, 0, 0, 0, 255, 0]) });
  });

  it('have an overlay that is the mean of its frames, as opaque as asked', () => {
    const values = Float32Array.from([2, 2, 0, 0, 0, 0, 0, 0]);
    const overlay = translucentOverlay({ values, rows: 2, nFrames: 4 }, 2.1, 2, 0.5);
    expect([overlay.width, overlay.height]).toEqual([2, 2]);
    // Row 0 of the attention is the lowest: the second row of the picture.
    expect(overlay.alpha[0]).toBe(0);
    expect(overlay.alpha[2]).toBeGreaterThan(100);
    expect(overlay.alpha[2]).toBeLessThanOrEqual(128);
    expect(overlay.alpha[3]).toBe(0);
  });
});
