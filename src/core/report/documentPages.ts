import { descriptorNames } from '#core/descriptors/trackDescriptors.ts';
import { warningText } from '#core/errorText.ts';
import { judge } from '#core/model/judgement.ts';
import { markedLabel } from '#core/model/labels.ts';
import { formatClock, frequencyTicks, timeTicks } from '#core/render/axes.ts';
import { backendLabel } from '#core/render/card.ts';
import { overlayColor } from '#core/render/overlay.ts';
import { leadingGenres, ribbonOf } from '#core/render/ribbon.ts';
import { ribbonColor, ribbonInk } from '#core/render/ribbonPaint.ts';
import { ribbonBands } from '#core/render/ribbonScene.ts';
import {
  DocumentPen,
  ink,
  margin,
  muted,
  pageHeight,
  right,
  type DocumentFont,
  type DocumentItem,
} from '#core/report/documentPen.ts';
import { descriptorTexts, documentTexts } from '#core/report/documentTexts.ts';
import { singleLine, type ExportedResult } from '#core/report/exportedResult.ts';

export interface DocumentPage {
  /** Name in the document's outline; null for pages that are not listed there. */
  readonly bookmark: string | null;
  readonly items: readonly DocumentItem[];
}

export interface DocumentScene {
  readonly title: string;
  readonly author: string;
  /** ISO 8601: the newest analysis. The same results give the same document. */
  readonly createdAt: string;
  readonly language: string;
  readonly pages: readonly DocumentPage[];
}

export interface DocumentResult extends ExportedResult {
  /** What there is to show: the spectrogram, the library's small picture of it, or nothing. */
  readonly picture: 'spectrogram' | 'thumbnail' | 'none';
}

export interface DocumentOptions {
  readonly language: 'en' | 'zh';
  /** Relative attention at the top of the overlay's scale, one a result; null draws no overlay. */
  readonly overlayScaleMax: readonly (number | null)[];
  /** Colour of the spectrogram at t in 0..1, 8-bit. */
  readonly spectrogramColor: (t: number) => readonly [number, number, number];
  /** Contrast range of the spectrogram in dB. */
  readonly floorDb: number;
  readonly ceilingDb: number;
}

const plot = { x: margin + 34, width: right - margin - 34 } as const;
const ribbonBox = { y: 96, height: 44 } as const;
const pictureBox = { y: 146, height: 168 } as const;
const indexRows = 38;

const faint = '#e6e9ef';
const bar = '#2456c5';
const rest = '#7f9ad8';

const percent = (probability: number): string => `${(probability * 100).toFixed(2)} %`;
const hex = (channels: readonly number[]): string =>
  `#${channels.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
/** 2026-01-02 03:04:05 UTC */
const readableTime = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;

/** Lays results out as pages: one a page, and before them, where there are several, the pages of contents with links. */
export function layOutDocument(
  results: readonly DocumentResult[],
  font: DocumentFont,
  options: DocumentOptions,
): DocumentScene {
  const text = documentTexts[options.language];
  const contents = results.length > 1 ? Math.ceil(results.length / indexRows) : 0;
  const pages = contents + results.length;
  const laid = [
    ...Array.from({ length: contents }, (_, at) =>
      contentsPage(results, at, { contents, pages, font, options }),
    ),
    ...results.map((result, at): DocumentPage => {
      const pen = new DocumentPen(font);
      resultPage(pen, result, at, options);
      footer(pen, contents + at + 1, pages, options);
      return { bookmark: singleLine(result.report.file.name), items: pen.items };
    }),
  ];
  const [first] = results;
  return {
    title:
      first !== undefined && results.length === 1
        ? singleLine(first.report.file.name)
        : text.titleOfMany(results.length),
    author: first === undefined ? '' : `${first.report.program.name} ${first.report.program.version}`,
    createdAt: results
      .map(({ report }) => report.createdAt)
      .reduce(
        (newest, time) => (Date.parse(time) > Date.parse(newest) ? time : newest),
        '1970-01-01T00:00:00Z',
      ),
    language: options.language === 'zh' ? 'zh-CN' : 'en',
    pages: laid,
  };
}

function footer(pen: DocumentPen, page: number, pages: number, { language }: DocumentOptions): void {
  const text = documentTexts[language];
  if (pages > 1) pen.text(right, pageHeight - 24, text.page(page, pages), 7.5, muted, { align: 'right' });
  if (pen.replaced) pen.text(margin, pageHeight - 24, text.missing, 7.5, muted);
}

function contentsPage(
  results: readonly DocumentResult[],
  at: number,
  {
    contents,
    pages,
    font,
    options,
  }: {
    readonly contents: number;
    readonly pages: number;
    readonly font: DocumentFont;
    readonly options: DocumentOptions;
  },
): DocumentPage {
  const text = documentTexts[options.language];
  const pen = new DocumentPen(font);
  pen.text(margin, 62, text.contents, 18);
  pen.text(right, 62, text.titleOfMany(results.length), 9, muted, { align: 'right' });
  for (const [row, { report, review }] of results.slice(at * indexRows, (at + 1) * indexRows).entries()) {
    const index = at * indexRows + row;
    const y = 92 + row * 18;
    const page = contents + index;
    const best = report.track.predictions[0];
    pen.text(margin, y, report.file.name, 9.5, ink, { maxWidth: 230 });
    if (best !== undefined) {
      pen.text(margin + 240, y, markedLabel(report.model.labels, best.genre, options.language), 9.5, ink, {
        maxWidth: 96,
      });
      pen.text(margin + 388, y, percent(best.probability), 9.5, muted, { align: 'right' });
    }
    pen.text(margin + 396, y, verdictText({ report, review }, options.language), 9.5, muted, {
      maxWidth: 94,
    });
    pen.text(right, y, String(page + 1), 9.5, muted, { align: 'right' });
    pen.rect(margin, y + 5, right - margin, 0.4, faint);
    pen.items.push({ kind: 'link', page, x: margin, y: y - 12, width: right - margin, height: 17 });
  }
  footer(pen, at + 1, pages, options);
  return { bookmark: at === 0 ? text.contents : null, items: pen.items };
}

function verdictText({ report, review }: ExportedResult, language: 'en' | 'zh'): string {
  const { verdict } = review;
  return verdict.kind === 'corrected'
    ? documentTexts[language].corrected(markedLabel(report.model.labels, verdict.genre, language))
    : documentTexts[language].verdict[verdict.kind];
}

function resultPage(pen: DocumentPen, result: DocumentResult, at: number, options: DocumentOptions): void {
  const { report } = result;
  const text = documentTexts[options.language];
  pen.text(margin, 58, report.file.name, 18);
  pen.text(
    margin,
    75,
    [
      formatClock(report.file.durationSeconds, 0.1),
      report.file.container,
      `${report.file.sampleRate} Hz`,
      text.channels(report.file.channels),
      `${report.file.bytes} B`,
    ].join('  ·  '),
    9,
    muted,
  );
  drawRibbon(pen, result, options);
  drawPicture(pen, result, at, options);
  const genresEnd = drawGenres(pen, result, options);
  const sideEnd = drawSide(pen, result, options);
  drawNotes(pen, result, Math.max(genresEnd, sideEnd) + 14, options);
  drawProvenance(pen, result, options);
}

/** Points of the ribbon are quarters: its edges fall on whole units, and it should be finer than a point. */
const ribbonUnits = 4;

function drawRibbon(pen: DocumentPen, { report }: DocumentResult, { language }: DocumentOptions): void {
  const size = 7.5;
  const ribbon = ribbonOf(report.windows, leadingGenres(report.track.predictions));
  const bands = ribbonBands(
    ribbon,
    {
      startSeconds: 0,
      endSeconds: report.file.durationSeconds,
      width: Math.round(plot.width * ribbonUnits),
      height: ribbonBox.height * ribbonUnits,
    },
    size * 1.3 * ribbonUnits,
  );
  const toPage = (units: number): number => units / ribbonUnits;
  pen.text(margin, ribbonBox.y - 4, documentTexts[language].ribbon, 7.5, muted);
  for (const { place, genre, steps, room } of bands) {
    const isOther = genre === null;
    pen.items.push({
      kind: 'rects',
      color: ribbonColor(place, isOther, 'light'),
      rects: steps.map(({ x, y, width, height }) => [
        plot.x + toPage(x),
        ribbonBox.y + toPage(y),
        toPage(width),
        toPage(height),
      ]),
    });
    if (genre === null || room === null) continue;
    const name = markedLabel(report.model.labels, genre, language);
    // A name that does not fit is in the list of genres all the same.
    if (pen.width(name, size) + 8 > toPage(room.width)) continue;
    pen.text(
      plot.x + toPage(room.x) + 4,
      ribbonBox.y + toPage(room.y + room.height / 2) + size * 0.36,
      name,
      size,
      ribbonInk(place, false, 'light'),
    );
  }
}

function drawPicture(pen: DocumentPen, result: DocumentResult, at: number, options: DocumentOptions): void {
  const { report, picture } = result;
  const text = documentTexts[options.language];
  const box = { x: plot.x, y: pictureBox.y, width: plot.width, height: pictureBox.height };
  const scaleMax = options.overlayScaleMax[at] ?? null;
  const bottom = box.y + box.height;
  // Dark, so that the overlay reads as it does over a spectrogram.
  if (picture === 'none') pen.rect(box.x, box.y, box.width, box.height, '#16131f');
  else pen.items.push({ kind: 'picture', source: picture, result: at, ...box });
  if (scaleMax !== null) pen.items.push({ kind: 'picture', source: 'overlay', result: at, ...box });
  for (const tick of timeTicks(report.file.durationSeconds, 10)) {
    const x = box.x + tick.position * box.width;
    pen.rect(x - 0.25, bottom, 0.5, 4, muted);
    pen.text(x, bottom + 12, tick.label, 7.5, muted, { align: 'center' });
  }
  for (const tick of frequencyTicks(report.model.frontEnd, 11 / box.height)) {
    const y = bottom - tick.position * box.height;
    pen.rect(box.x - 4, y - 0.25, 4, 0.5, muted);
    pen.text(box.x - 6, y + 2.5, tick.label, 7.5, muted, { align: 'right' });
  }
  pen.text(margin, box.y - 4, 'Hz', 7.5, muted);
  const legendY = bottom + 28;
  const steps = 48;
  const legend = (
    x: number,
    label: string,
    low: string,
    high: string,
    color: (t: number) => string,
  ): void => {
    pen.text(x, legendY, label, 7.5, muted, { maxWidth: 216 });
    const start = x + pen.text(x, legendY + 11, low, 7.5, muted) + 4;
    for (let step = 0; step < steps; step++)
      pen.rect(start + step * 2, legendY + 5.5, 2, 6, color(step / (steps - 1)));
    pen.text(start + steps * 2 + 4, legendY + 11, high, 7.5, muted);
  };
  if (picture === 'spectrogram')
    legend(
      plot.x,
      text.level,
      String(options.floorDb).replace('-', '−'),
      String(options.ceilingDb).replace('-', '−'),
      (t) => hex(options.spectrogramColor(t)),
    );
  else
    pen.text(plot.x, legendY, picture === 'none' ? text.noPicture : text.noAudio, 7.5, muted, {
      maxWidth: 220,
    });
  if (scaleMax !== null)
    legend(plot.x + 240, text.overlay, '0×', `${scaleMax.toFixed(1)}×`, (t) => {
      const [red, green, blue, alpha] = overlayColor(t);
      // On paper there is nothing under the scale: mix with a dark ground, as over the picture.
      return hex([red, green, blue].map((value) => (value * alpha + 20 * (255 - alpha)) / 255));
    });
}

const columnsY = 382;
const leftWidth = 246;

function drawGenres(pen: DocumentPen, { report }: DocumentResult, { language }: DocumentOptions): number {
  const text = documentTexts[language];
  pen.text(margin, columnsY, text.genres, 11);
  let y = columnsY + 20;
  let marked = false;
  for (const [rank, { genre, probability }] of report.track.predictions.slice(0, 5).entries()) {
    marked ||= report.model.labels.find((label) => label.id === genre)?.experimental === true;
    pen.text(margin, y, markedLabel(report.model.labels, genre, language), 9.5, ink, {
      maxWidth: leftWidth - 60,
    });
    pen.text(margin + leftWidth, y, percent(probability), 9.5, ink, { align: 'right' });
    pen.rect(margin, y + 4, leftWidth, 6, faint);
    pen.rect(margin, y + 4, Math.max(0.5, leftWidth * probability), 6, rank === 0 ? bar : rest);
    y += 25;
  }
  const heard = report.windows.filter((window) => !window.silent).length;
  const judgement = judge(report.track, report.windows);
  const lines = [
    text.agreement(`${Math.round(report.track.agreement * 100)} %`, heard),
    ...(judgement.ambiguous
      ? [text.ambiguous(judgement.reasons.map((reason) => text.reasons[reason]).join(text.joint))]
      : []),
    ...(judgement.notMusic ? [text.notMusic] : []),
    ...(marked ? [text.experimental] : []),
  ];
  for (const line of lines) {
    pen.text(margin, y, line, 8.5, muted, { maxWidth: leftWidth });
    y += 12;
  }
  return y;
}

function drawSide(pen: DocumentPen, result: DocumentResult, { language }: DocumentOptions): number {
  const { report, review } = result;
  const text = documentTexts[language];
  const x = margin + leftWidth + 26;
  const width = right - x;
  pen.text(x, columnsY, text.review, 11);
  let y = columnsY + 18;
  pen.text(x, y, verdictText(result, language), 9.5, ink, { maxWidth: width });
  y += 13;
  if (review.reviewedAt !== null) {
    pen.text(x, y, text.reviewed(readableTime(review.reviewedAt)), 8.5, muted, { maxWidth: width });
    y += 13;
  }
  if (review.tags.length > 0) {
    for (const line of pen
      .lines(text.tags + review.tags.map(singleLine).join(text.joint), 8.5, width)
      .slice(0, 4)) {
      pen.text(x, y, line, 8.5, muted, { maxWidth: width });
      y += 12;
    }
  }
  y += 10;
  pen.text(x, y, text.descriptors, 11);
  y += 17;
  if (report.descriptors === null) {
    pen.text(x, y, text.noDescriptors, 8.5, muted);
    return y + 12;
  }
  const named = descriptorTexts(language);
  for (const name of descriptorNames) {
    const [label, unit, decimals] = named[name];
    const value = report.descriptors[name];
    pen.text(x, y, label, 8.5, muted, { maxWidth: width - 70 });
    pen.text(
      right,
      y,
      value === null ? '–' : `${value.toFixed(decimals).replace('-', '−')}${unit === '' ? '' : ` ${unit}`}`,
      8.5,
      ink,
      { align: 'right' },
    );
    y += 12;
  }
  return y;
}

const provenanceY = 738;

function drawNotes(
  pen: DocumentPen,
  { report, review }: DocumentResult,
  top: number,
  { language }: DocumentOptions,
): void {
  const text = documentTexts[language];
  let y = top;
  for (const warning of report.warnings.slice(0, 4)) {
    pen.text(margin, y, warningText(warning, language).title, 8.5);
    y += 12;
  }
  if (review.note.trim() === '') return;
  y += 4;
  pen.text(margin, y, text.note, 11);
  y += 15;
  const lines = pen.lines(review.note, 8.5, right - margin);
  const room = Math.max(1, Math.floor((provenanceY - 24 - y) / 12));
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), text.cut];
  for (const line of shown) {
    pen.text(margin, y, line, 8.5);
    y += 12;
  }
}

function drawProvenance(pen: DocumentPen, { report }: DocumentResult, { language }: DocumentOptions): void {
  const text = documentTexts[language];
  const { model, file, backend, program } = report;
  pen.rect(margin, provenanceY - 12, right - margin, 0.5, muted);
  const rows: readonly (readonly [string, string])[] = [
    [text.hash, file.sha256],
    [text.model, `${model.id} ${model.version}`],
    [text.weights, model.sha256],
    [text.backend, `${backendLabel(backend, language)}  ·  ${backend.device}`],
    [text.analysed, `${readableTime(report.createdAt)}  ·  ${program.name} ${program.version}`],
  ];
  for (const [row, [label, value]] of rows.entries()) {
    const y = provenanceY + 2 + row * 11.5;
    pen.text(margin, y, label, 7.5, muted, { maxWidth: 84 });
    pen.text(margin + 88, y, value, 7.5, ink, { maxWidth: right - margin - 88 });
  }
}
