import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowDecoder, encodeRow, modelTableOf } from '#core/library/compactRow.ts';
import { keptRecord, replacesReview, sameReview } from '#core/library/merging.ts';
import { noReview, recordIdOf, type LibraryRecord, type Review } from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import { testManifest } from '#core/testing/manifest.ts';
import { judge } from '#core/model/judgement.ts';
import { reportArbitrary, reviewArbitrary, testReport } from '#core/testing/reports.ts';

const recordOf = (report = testReport(), review: Review = noReview): LibraryRecord => ({
  id: recordIdOf(report),
  report,
  review,
  thumbnail: null,
  addedAt: '2026-03-04T05:06:07.890Z',
});

const aReview = reviewArbitrary(testManifest.labels);
const aRecord = reportArbitrary
  .chain((report) => fc.tuple(fc.constant(report), reviewArbitrary(report.model.labels), fc.boolean()))
  .map(([report, review, pictured]): LibraryRecord => {
    const record = recordOf(report, review);
    return pictured ? { ...record, thumbnail: new Uint8Array([1]) } : record;
  });

const at = (reviewedAt: string | null): Review => ({ ...noReview, reviewedAt });

describe('a row', () => {
  it('says what its report says', () => {
    fc.assert(
      fc.property(aRecord, (record) => {
        const row = rowOf(record);
        const { report } = record;
        const { ambiguous, notMusic } = judge(report.track, report.windows);
        expect(row).toMatchObject({
          id: recordIdOf(report),
          name: report.file.name,
          ambiguous,
          notMusic,
          hasThumbnail: record.thumbnail !== null,
          review: record.review,
        });
        expect(row.top).toEqual(report.track.predictions.slice(0, 5));
        for (const [index, label] of report.model.labels.entries()) {
          const said = report.track.predictions.find(({ genre }) => genre === label.id)?.probability ?? 0;
          expect(row.probabilities[index]).toBe(Math.fround(said));
          expect(row.names[label.id]).toEqual({ en: label.en, zh: label.zh });
        }
        for (const genre of row.experimental)
          expect(report.model.labels.find(({ id }) => id === genre)?.experimental).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('is the same after it was written as text and read again, every number to the bit', () => {
    fc.assert(
      fc.property(aRecord, (record) => {
        const row = rowOf(record);
        const table = modelTableOf(record.report.model);
        expect(createRowDecoder([table]).decode(encodeRow(row, table))).toEqual(row);
      }),
      { numRuns: 40 },
    );
  });

  it('of a model whose table is missing is not read', () => {
    const record = recordOf();
    const table = modelTableOf(record.report.model);
    expect(createRowDecoder([]).decode(encodeRow(rowOf(record), table))).toBeNull();
  });

  it('has another table where the labels differ under the same weights', () => {
    const { model } = testReport();
    const renamed = { ...model, labels: model.labels.map((label) => ({ ...label, zh: `${label.zh}乐` })) };
    expect(modelTableOf(renamed).key).not.toBe(modelTableOf(model).key);
  });
});

describe('two sides of one record', () => {
  it('keep the newer review, and what is here where both are equally old', () => {
    expect(replacesReview(at('2026-01-02T00:00:00.000Z'), at('2026-01-01T00:00:00.000Z'))).toBe(true);
    expect(replacesReview(at('2026-01-01T00:00:00.000Z'), at('2026-01-02T00:00:00.000Z'))).toBe(false);
    expect(replacesReview(at('2026-01-01T00:00:00.000Z'), at('2026-01-01T00:00:00.000Z'))).toBe(false);
    expect(replacesReview(at('2026-01-01T00:00:00.000Z'), at(null))).toBe(true);
    expect(replacesReview(at(null), at(null))).toBe(false);
  });

  it('never both replace each other', () => {
    fc.assert(
      fc.property(aReview, aReview, (a, b) => {
        expect(replacesReview(a, b) && replacesReview(b, a)).toBe(false);
      }),
    );
  });

  it('an analysis made again keeps what a person said, the picture and the date', () => {
    const before = { ...recordOf(), review: at('2026-01-01T00:00:00.000Z'), thumbnail: new Uint8Array([7]) };
    const report = { ...before.report, createdAt: '2027-01-01T00:00:00.000Z' };
    expect(keptRecord(report, '2027-01-01T00:00:00.000Z', before)).toEqual({ ...before, report });
    expect(sameReview(before.review, { ...before.review, tags: ['x'] })).toBe(false);
  });
});
