import type { AnalysisError } from '#core/errors.ts';
import { errorText, type TextLanguage, warningText } from '#core/errorText.ts';
import { markedLabel } from '#core/model/labels.ts';
import { backendLabel } from '#core/render/card.ts';
import type { AnalysisReport, Prediction } from '#core/report/report.ts';

/** One line of `--json`: the report without what only the page needs (attention, labels, front end). */
export function reportLine(file: string, report: AnalysisReport, top: number | null): string {
  const cut = (predictions: readonly Prediction[]): readonly Prediction[] =>
    top === null ? predictions : predictions.slice(0, top);
  return JSON.stringify({
    file,
    sha256: report.file.sha256,
    durationSeconds: report.file.durationSeconds,
    model: { id: report.model.id, sha256: report.model.sha256 },
    backend: backendLabel(report.backend, 'en'),
    track: {
      predictions: cut(report.track.predictions),
      agreement: report.track.agreement,
      vote: report.track.vote,
    },
    windows: report.windows.map((window) => ({
      startSeconds: window.startSeconds,
      endSeconds: window.endSeconds,
      ...(window.silent ? { silent: true } : {}),
      predictions: cut(window.predictions),
    })),
    warnings: report.warnings,
    timings: report.timings,
  });
}

/** The line of a file that failed. `message` says what to do; `detail` what was found. */
export function errorLine(file: string, error: AnalysisError): string {
  const text = errorText(error, 'en');
  return JSON.stringify({
    file,
    error: { code: error.code, message: `${text.title}. ${text.advice}`, detail: error.message },
  });
}

/** The table of one file for a terminal. */
export function reportTable(
  file: string,
  report: AnalysisReport,
  top: number | null,
  language: TextLanguage,
): string {
  const rows = report.track.predictions.slice(0, top ?? 5).map((prediction) => {
    const name = markedLabel(report.model.labels, prediction.genre, language);
    const bar = '█'.repeat(Math.round(prediction.probability * 30));
    return `  ${(prediction.probability * 100).toFixed(2).padStart(6)} %  ${padColumns(name, 16)} ${bar}`;
  });
  const zh = language === 'zh';
  const windows = report.windows.length;
  const facts = zh
    ? `  ${report.file.durationSeconds.toFixed(1)} 秒，${windows} 个窗口，${backendLabel(report.backend, language)}，${Math.round(report.timings.totalMs)} 毫秒`
    : `  ${report.file.durationSeconds.toFixed(1)} s, ${windows} ${windows === 1 ? 'window' : 'windows'}, ${backendLabel(report.backend, language)}, ${Math.round(report.timings.totalMs)} ms`;
  const warnings = report.warnings.map((warning) => `  ! ${warningText(warning, language).title}`);
  return [file, ...rows, facts, ...warnings, ''].join('\n');
}

/** What a file that failed says in a terminal. */
export function errorTable(file: string, error: AnalysisError, language: TextLanguage): string {
  const text = errorText(error, language);
  return `${file}\n  ✗ ${text.title}${language === 'zh' ? '。' : '. '}${text.advice}\n`;
}

/** Pads to a width in terminal columns, where Chinese characters take two. */
function padColumns(text: string, columns: number): string {
  let width = 0;
  for (const character of text) width += /[⺀-鿿＀-￯]/u.test(character) ? 2 : 1;
  return text + ' '.repeat(Math.max(0, columns - width));
}
