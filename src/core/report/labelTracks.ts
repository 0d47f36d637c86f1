import { exportedGenre, singleLine } from '#core/report/exportedResult.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { ribbonSegments } from '#core/report/ribbonSegments.ts';

/** The ribbon as label tracks: one label for each stretch of windows with the same best genre. */

const seconds = (value: number): string => value.toFixed(6);

function segmentLabels(report: AnalysisReport, language: 'en' | 'zh') {
  return ribbonSegments(report).map((segment) => {
    const { name, experimental } = exportedGenre(report.model.labels, segment.genre, language);
    return { ...segment, name: singleLine(name), experimental };
  });
}

/**
 * A label track of Audacity 3 (File, Import, Labels): start and end in seconds and the label, divided by tabs, one a line.
 * The label is the genre, ` *` where it is experimental, and the mean probability.
 */
export function audacityLabels(report: AnalysisReport, language: 'en' | 'zh'): string {
  return segmentLabels(report, language)
    .map(
      ({ startSeconds, endSeconds, name, experimental, probability }) =>
        `${seconds(startSeconds)}\t${seconds(endSeconds)}\t${name}${experimental ? ' *' : ''} ${probability.toFixed(3)}\n`,
    )
    .join('');
}

const ravenColumns = [
  'Selection',
  'View',
  'Channel',
  'Begin Time (s)',
  'End Time (s)',
  'Low Freq (Hz)',
  'High Freq (Hz)',
  'Begin File',
  'Genre',
  'Probability',
  'Experimental',
] as const;

/**
 * A selection table of Raven Pro or Lite 1.6 / 2.0: tab-separated with Raven's own names for the first seven columns. The
 * selections span the frequencies that the model heard.
 */
export function ravenSelections(report: AnalysisReport, language: 'en' | 'zh'): string {
  const { fMin, fMax } = report.model.frontEnd;
  const rows = segmentLabels(report, language).map((segment, index) => [
    index + 1,
    'Spectrogram 1',
    1,
    seconds(segment.startSeconds),
    seconds(segment.endSeconds),
    fMin.toFixed(1),
    fMax.toFixed(1),
    singleLine(report.file.name),
    segment.name,
    segment.probability.toFixed(4),
    segment.experimental ? 'yes' : 'no',
  ]);
  return [ravenColumns, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}
