import { describe, expect, it } from 'vitest';
import { compareReports } from '#core/report/compareReports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { testReport } from '#core/testing/reports.ts';

const withTrack = (
  report: AnalysisReport,
  probabilities: Readonly<Record<string, number>>,
): AnalysisReport => ({
  ...report,
  track: {
    ...report.track,
    predictions: Object.entries(probabilities).map(([genre, probability]) => ({ genre, probability })),
  },
});

describe('compareReports', () => {
  it('of a result with itself finds no difference', () => {
    const report = testReport();
    const found = compareReports(report, report);
    expect(found).toMatchObject({ sameFirst: true, distance: 0, sameAudio: true, sameModel: true });
    expect(found.genres.every(({ difference }) => difference === 0)).toBe(true);
    expect(found.genres.length).toBe(report.model.labels.length);
  });

  it('puts the largest difference first, with its sign from left to right', () => {
    const left = withTrack(testReport(), { Jazz: 0.5, Rock: 0.3, Pop: 0.2 });
    const right = withTrack(testReport(), { Rock: 0.7, Jazz: 0.2, Pop: 0.1 });
    const found = compareReports(left, right);
    expect(found.genres.map(({ genre }) => genre)).toEqual(['Rock', 'Jazz', 'Pop']);
    expect(found.genres[0]?.difference).toBeCloseTo(0.4, 12);
    expect(found.genres[1]?.difference).toBeCloseTo(-0.3, 12);
    expect(found.distance).toBeCloseTo(0.4, 12);
    expect(found.sameFirst).toBe(false);
  });

  it('lists what one model does not know last, without a difference', () => {
    const left = withTrack(testReport(), { Jazz: 0.6, Rock: 0.4 });
    const right = withTrack(testReport(), { Jazz: 0.5, Ska: 0.5 });
    expect(compareReports(left, right).genres).toEqual([
      { genre: 'Jazz', left: 0.6, right: 0.5, difference: expect.closeTo(-0.1, 9) as number },
      { genre: 'Rock', left: 0.4, right: null, difference: null },
      { genre: 'Ska', left: null, right: 0.5, difference: null },
    ]);
  });

  it('subtracts descriptors where both sides have them', () => {
    const one = testReport();
    const descriptors = {
      tempoBpm: 120,
      spectralCentroidHz: 2000,
      spectralFlatness: null,
      spectralIrregularity: 0.4,
      lowBandRhythmicContrastDb: 12,
      percussiveToHarmonicDb: -3,
      integratedLoudnessLufs: -14,
    };
    const left = { ...one, descriptors };
    const right = { ...one, descriptors: { ...descriptors, tempoBpm: 90, spectralFlatness: 0.2 } };
    const found = compareReports(left, right).descriptors;
    expect(found.find(({ name }) => name === 'tempoBpm')?.difference).toBe(-30);
    expect(found.find(({ name }) => name === 'spectralFlatness')).toEqual({
      name: 'spectralFlatness',
      left: null,
      right: 0.2,
      difference: null,
    });
    expect(compareReports({ ...one, descriptors: null }, left).descriptors[0]?.difference).toBeNull();
  });
});
