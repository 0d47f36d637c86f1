import { descriptorNames, type DescriptorName } from '#core/descriptors/trackDescriptors.ts';
import type { Review } from '#core/library/record.ts';
import { judge } from '#core/model/judgement.ts';
import { markedLabel } from '#core/model/labels.ts';
import { type AxisTick, formatClock, frequencyTicks, timeTicks } from '#core/render/axes.ts';
import { overlayColor } from '#core/render/overlay.ts';
import { leadingGenres } from '#core/render/ribbon.ts';
import { ribbonColor } from '#core/render/ribbonPaint.ts';
import { graphemes, singleLine } from '#core/report/exportedResult.ts';
import type { AnalysisReport } from '#core/report/report.ts';

/**
 * The archive card as data: what to paint, where, in which colour. A host with a canvas paints it item by item; the layout
 * can be tested without one. The same result, review, language and options give the same items: nothing here asks for the
 * time or the machine.
 */
export type CardItem =
  | {
      readonly kind: 'rect';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly color: string;
      readonly radius?: number;
    }
  | {
      readonly kind: 'text';
      /** Anchor on the baseline. */
      readonly x: number;
      readonly y: number;
      /** Fits its place already: what did not was shortened in the middle or broken into lines. */
      readonly text: string;
      readonly size: number;
      readonly color: string;
      readonly weight: CardWeight;
      readonly align: 'left' | 'right' | 'center';
    }
  | {
      readonly kind: 'tiles';
      readonly source: 'spectrogram' | 'overlay';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly opacity: number;
    }
  | {
      /** The genre ribbon of the whole track (`paintRibbon`). */
      readonly kind: 'ribbon';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly leading: readonly string[];
      readonly durationSeconds: number;
      readonly fontSize: number;
    }
  | {
      /** A strip of colours from left to right. */
      readonly kind: 'ramp';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly colors: readonly (readonly [number, number, number, number])[];
    };

export type CardWeight = 400 | 600;

/** Width of a text in CSS pixels in the font of the card. */
export type MeasureText = (text: string, size: number, weight: CardWeight) => number;

export interface CardScene {
  /** CSS pixels; paint at any scale. */
  readonly width: number;
  readonly height: number;
  readonly items: readonly CardItem[];
}

export interface CardOptions {
  readonly language: 'en' | 'zh';
  readonly theme: 'light' | 'dark';
  /** What a person said of the result. */
  readonly review: Review;
  /** 0..1, as the person has set it. */
  readonly overlayOpacity: number;
  /** Relative attention at the top of the overlay's scale. */
  readonly overlayScaleMax: number;
  /** Length of the pictures' time axis: all frames, which may be a fraction of a frame longer than the sound. */
  readonly durationSeconds: number;
  /** Colour of the spectrogram at t in 0..1, for the legend. */
  readonly spectrogramColor: (t: number) => readonly [number, number, number];
  /** Sentences to show under the picture, already in the language: warnings of the report. */
  readonly notes: readonly string[];
  readonly measure: MeasureText;
}

const palettes = {
  light: {
    page: '#ffffff',
    panel: '#f3f4f7',
    text: '#171a21',
    muted: '#565e6c',
    track: '#dfe3ea',
    bar: '#2456c5',
    rest: '#7f9ad8',
    edge: '#858e9d',
  },
  dark: {
    page: '#14161b',
    panel: '#1d2027',
    text: '#f0f2f6',
    muted: '#a2aab8',
    track: '#2c313b',
    bar: '#7aa2ff',
    rest: '#4c67a8',
    edge: '#6a7585',
  },
} as const;

type Palette = (typeof palettes)['light' | 'dark'];

const texts = {
  en: {
    genres: 'Most likely genres',
    overlay: 'Where the model looked (attention rollout, × even attention)',
    level: 'Level under the loudest point, dB',
    experimental: '* experimental label: rests on little evidence',
    agreement: (agreeing: number, count: number): string =>
      count === 0
        ? 'No window with sound'
        : count === 1
          ? 'One window'
          : `Mean of ${count} windows, ${agreeing} of ${count} agree`,
    ambiguous: 'Ambiguous',
    reasons: { close: 'the two best are close', 'windows-disagree': 'the windows disagree' },
    notMusic: 'Looks like silence or noise rather than music',
    colon: ': ',
    comma: ', ',
    verdict: 'Verdict',
    verdicts: { none: 'none yet', accepted: 'accepted', unsure: 'unsure' },
    corrected: (genre: string): string => `corrected to ${genre}`,
    reviewed: 'reviewed',
    note: 'Note',
    tags: 'Tags',
    descriptors: {
      tempoBpm: ['Tempo', 'BPM', 1],
      spectralCentroidHz: ['Centroid', 'Hz', 0],
      spectralFlatness: ['Flatness', '', 'significant'],
      spectralIrregularity: ['Irregularity (Jensen)', '', 3],
      lowBandRhythmicContrastDb: ['Contrast under 200 Hz', 'dB', 1],
      percussiveToHarmonicDb: ['Percussive to harmonic', 'dB', 1],
      integratedLoudnessLufs: ['Loudness', 'LUFS', 1],
    },
    model: 'Model',
    backend: 'Computed on',
    analysed: 'analysed',
    file: 'File SHA-256',
    weights: 'weights SHA-256',
    settings: 'Settings',
    bands: (count: number, low: string, high: string): string => `${count} mel bands ${low} to ${high} Hz`,
    windows: (length: string, hop: string): string => `windows of ${length} s every ${hop} s`,
    temperature: 'temperature',
    hertz: 'Hz',
    channels: (count: number): string =>
      count === 1 ? 'mono' : count === 2 ? 'stereo' : `${count} channels`,
  },
  zh: {
    genres: '最可能的流派',
    overlay: '模型关注的位置（注意力展开，相对均匀注意力的倍数）',
    level: '相对最响处的电平，dB',
    experimental: '* 实验性标签：依据较少',
    agreement: (agreeing: number, count: number): string =>
      count === 0
        ? '没有有声的窗口'
        : count === 1
          ? '一个窗口'
          : `${count} 个窗口的平均，${agreeing} 个与首位一致`,
    ambiguous: '结果不明确',
    reasons: { close: '前两位很接近', 'windows-disagree': '各窗口不一致' },
    notMusic: '听起来更像静音或噪声，而不是音乐',
    colon: '：',
    comma: '，',
    verdict: '结论',
    verdicts: { none: '尚无', accepted: '已接受', unsure: '不确定' },
    corrected: (genre: string): string => `更正为${genre}`,
    reviewed: '审核于',
    note: '备注',
    tags: '标签',
    descriptors: {
      tempoBpm: ['速度', 'BPM', 1],
      spectralCentroidHz: ['频谱质心', 'Hz', 0],
      spectralFlatness: ['平坦度', '', 'significant'],
      spectralIrregularity: ['不规则度（Jensen）', '', 3],
      lowBandRhythmicContrastDb: ['200 Hz 以下对比', 'dB', 1],
      percussiveToHarmonicDb: ['打击与谐波能量比', 'dB', 1],
      integratedLoudnessLufs: ['响度', 'LUFS', 1],
    },
    model: '模型',
    backend: '计算后端',
    analysed: '分析于',
    file: '文件 SHA-256',
    weights: '权重 SHA-256',
    settings: '设置',
    bands: (count: number, low: string, high: string): string => `${count} 个梅尔频带 ${low} 至 ${high} Hz`,
    windows: (length: string, hop: string): string => `窗口 ${length} 秒，间隔 ${hop} 秒`,
    temperature: '温度',
    hertz: 'Hz',
    channels: (count: number): string => (count === 1 ? '单声道' : count === 2 ? '立体声' : `${count} 声道`),
  },
} as const;

type Texts = (typeof texts)['en' | 'zh'];

const width = 1600;
const margin = 48;
const left = margin + 56;
const plotWidth = 980;
/** Where the pictures lie in the card, CSS pixels. */
export const cardPlaces = {
  ribbon: { x: left, y: 140, width: plotWidth, height: 68 },
  plot: { x: left, y: 220, width: plotWidth, height: 520 },
  panel: { x: 1172, y: 140, width: width - margin - 1172, height: 600 },
} as const;
const { ribbon, plot, panel } = cardPlaces;
/** Where the lines under the pictures begin and how far the next one is. */
const linesY = 872;
const linePitch = 27;

/** Name of the backend for people: "WASM, 2 threads, int8". */
export function backendLabel(backend: AnalysisReport['backend'], language: 'en' | 'zh'): string {
  const name = { webgpu: 'WebGPU', wasm: 'WASM', 'node-cpu': 'Node CPU', 'node-webgpu': 'Node WebGPU' }[
    backend.kind
  ];
  const threads =
    backend.kind === 'wasm' || backend.kind === 'node-cpu'
      ? language === 'zh'
        ? `，${backend.threads} 线程`
        : `, ${backend.threads} ${backend.threads === 1 ? 'thread' : 'threads'}`
      : '';
  return `${name}${threads}${language === 'zh' ? '，' : ', '}${backend.precision}`;
}

/** The text, shortened in the middle to at most `most` CSS pixels, so that the end of a file name stays readable. */
function shortened(text: string, most: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= most) return text;
  const characters = graphemes(text);
  const cut = (kept: number): string =>
    `${characters.slice(0, Math.ceil(kept / 2)).join('')}…${characters.slice(characters.length - Math.floor(kept / 2)).join('')}`;
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(cut(middle)) <= most) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

/** The text in lines of at most `most` CSS pixels, broken at spaces where there are some; the last line ends in … where text is left over. */
function wrapped(
  text: string,
  most: number,
  mostLines: number,
  widthOf: (text: string) => number,
): readonly string[] {
  const lines: string[] = [];
  let rest = graphemes(text);
  while (rest.length > 0) {
    if (lines.length === mostLines - 1) {
      lines.push(endCut(rest, most, widthOf));
      break;
    }
    // How many characters fit, by halving: a note may be thousands of characters long.
    let low = 1;
    let high = Math.min(rest.length, 400);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (widthOf(rest.slice(0, middle).join('')) <= most) low = middle;
      else high = middle - 1;
    }
    const space = low < rest.length ? rest.lastIndexOf(' ', low) : -1;
    const at = space > 0 ? space : low;
    lines.push(rest.slice(0, at).join('').trimEnd());
    rest = rest.slice(rest[at] === ' ' ? at + 1 : at);
  }
  return lines;
}

function endCut(characters: readonly string[], most: number, widthOf: (text: string) => number): string {
  if (characters.length <= 400 && widthOf(characters.join('')) <= most) return characters.join('');
  let low = 0;
  let high = Math.min(characters.length, 400);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${characters.slice(0, middle).join('')}…`) <= most) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join('')}…`;
}

/** The items of a card under construction; texts come out fitting their place. */
class Sheet {
  readonly items: CardItem[] = [];
  readonly #measure: MeasureText;

  constructor(measure: MeasureText) {
    this.#measure = measure;
  }

  add(...items: readonly CardItem[]): void {
    this.items.push(...items);
  }

  /** One line; what does not fit into `most` is left out in the middle. Control characters and marks of direction go. */
  text(
    x: number,
    y: number,
    text: string,
    style: {
      readonly size: number;
      readonly color: string;
      readonly most: number;
      readonly weight?: CardWeight;
      readonly align?: 'left' | 'right' | 'center';
    },
  ): void {
    const { size, color, most, weight = 400, align = 'left' } = style;
    const fitting = shortened(singleLine(text), most, (one) => this.#measure(one, size, weight));
    this.items.push({ kind: 'text', x, y, text: fitting, size, color, weight, align });
  }

  /** Up to `mostLines` lines. @returns how many it took */
  lines(
    x: number,
    y: number,
    text: string,
    style: {
      readonly size: number;
      readonly color: string;
      readonly most: number;
      readonly pitch: number;
      readonly mostLines: number;
      readonly weight?: CardWeight;
    },
  ): number {
    const { size, color, most, pitch, mostLines, weight = 400 } = style;
    const lines = wrapped(singleLine(text), most, mostLines, (one) => this.#measure(one, size, weight));
    for (const [index, line] of lines.entries())
      this.items.push({
        kind: 'text',
        x,
        y: y + index * pitch,
        text: line,
        size,
        color,
        weight,
        align: 'left',
      });
    return lines.length;
  }
}

/** Lays a report out as a picture of 1600 CSS pixels width: ribbon, spectrogram, overlay, five bars, and what proves them. */
export function layOutCard(report: AnalysisReport, options: CardOptions): CardScene {
  const color = palettes[options.theme];
  const text = texts[options.language];
  const sheet = new Sheet(options.measure);
  const leading = leadingGenres(report.track.predictions);

  sheet.text(margin, 76, report.file.name, {
    size: 34,
    weight: 600,
    color: color.text,
    most: width - 2 * margin,
  });
  sheet.text(
    margin,
    112,
    [
      formatClock(report.file.durationSeconds, 0.1),
      report.file.container,
      `${report.file.sampleRate} ${text.hertz}`,
      text.channels(report.file.channels),
    ].join('  ·  '),
    { size: 20, color: color.muted, most: width - 2 * margin },
  );

  sheet.add({
    kind: 'ribbon',
    ...ribbon,
    leading,
    durationSeconds: options.durationSeconds,
    fontSize: 15,
  });
  sheet.add({ kind: 'tiles', source: 'spectrogram', ...plot, opacity: 1 });
  if (options.overlayOpacity > 0)
    sheet.add({ kind: 'tiles', source: 'overlay', ...plot, opacity: options.overlayOpacity });
  addAxes(sheet, report, options, color);
  addLegends(sheet, report, options, color, text);
  addGenres(sheet, report, options, leading, color, text);
  const end = addLines(sheet, report, options, color, text);

  const height = end + 24;
  return {
    width,
    height,
    items: [{ kind: 'rect', x: 0, y: 0, width, height, color: color.page }, ...sheet.items],
  };
}

function addAxes(sheet: Sheet, report: AnalysisReport, options: CardOptions, color: Palette): void {
  const bottom = plot.y + plot.height;
  for (const tick of timeTicks(options.durationSeconds, 10)) {
    const x = plot.x + tick.position * plot.width;
    sheet.add({ kind: 'rect', x, y: bottom, width: 1, height: 8, color: color.muted });
    sheet.text(x, bottom + 28, tick.label, { size: 16, color: color.muted, align: 'center', most: 88 });
  }
  const ticks: readonly AxisTick[] = frequencyTicks(report.model.frontEnd, 20 / plot.height);
  for (const tick of ticks) {
    const y = plot.y + (1 - tick.position) * plot.height;
    sheet.add({ kind: 'rect', x: plot.x - 8, y, width: 8, height: 1, color: color.muted });
    // The topmost label stays beside the picture, clear of the unit over it.
    sheet.text(plot.x - 12, Math.max(y + 5, plot.y + 14), tick.label, {
      size: 16,
      color: color.muted,
      align: 'right',
      most: 48,
    });
  }
  sheet.text(plot.x - 12, plot.y - 8, 'Hz', { size: 16, color: color.muted, align: 'right', most: 48 });
}

function addLegends(
  sheet: Sheet,
  report: AnalysisReport,
  options: CardOptions,
  color: Palette,
  text: Texts,
): void {
  const y = plot.y + plot.height + 62;
  // 300 pixels in whole steps: half-covered pixels between translucent steps would show as stripes.
  const steps = Array.from({ length: 60 }, (_, index) => index / 59);
  const legend = (
    x: number,
    colors: readonly (readonly [number, number, number, number])[],
    low: string,
    high: string,
    label: string,
  ): void => {
    const style = { size: 15, color: color.muted };
    sheet.text(x, y, label, { ...style, most: 470 });
    sheet.add({ kind: 'ramp', x: x + 44, y: y + 12, width: 300, height: 12, colors });
    sheet.text(x + 36, y + 23, low, { ...style, align: 'right', most: 36 });
    sheet.text(x + 352, y + 23, high, { ...style, most: 60 });
  };
  legend(
    plot.x,
    steps.map((t) => [...options.spectrogramColor(t), 255]),
    `−${report.model.frontEnd.topDb}`,
    '0',
    text.level,
  );
  if (options.overlayOpacity > 0)
    legend(
      plot.x + 500,
      steps.map((t) => overlayColor(t)),
      '0×',
      `${options.overlayScaleMax.toFixed(1)}×`,
      text.overlay,
    );
}

/** The five bars, each with its colour in the ribbon, and what a careful person would say of them. */
function addGenres(
  sheet: Sheet,
  report: AnalysisReport,
  options: CardOptions,
  leading: readonly string[],
  color: Palette,
  text: Texts,
): void {
  const x = panel.x + 24;
  const barWidth = panel.width - 48;
  sheet.add({ kind: 'rect', ...panel, color: color.panel, radius: 12 });
  sheet.text(x, panel.y + 42, text.genres, { size: 22, weight: 600, color: color.text, most: barWidth });
  let marked = false;
  for (const [index, prediction] of report.track.predictions.slice(0, 5).entries()) {
    const label = report.model.labels.find((candidate) => candidate.id === prediction.genre);
    const y = panel.y + 86 + index * 76;
    const weight = index === 0 ? 600 : 400;
    marked ||= label?.experimental === true;
    const place = leading.indexOf(prediction.genre);
    sheet.add(
      { kind: 'rect', x, y: y - 8, width: 16, height: 16, color: color.edge, radius: 3 },
      {
        kind: 'rect',
        x: x + 1,
        y: y - 7,
        width: 14,
        height: 14,
        color: ribbonColor(place, place < 0, options.theme),
        radius: 2,
      },
    );
    sheet.text(x + 26, y + 7, markedLabel(report.model.labels, prediction.genre, options.language), {
      size: 21,
      weight,
      color: color.text,
      most: barWidth - 136,
    });
    sheet.text(x + barWidth, y + 7, `${(prediction.probability * 100).toFixed(2)} %`, {
      size: 21,
      weight,
      color: color.text,
      align: 'right',
      most: 106,
    });
    sheet.add(
      { kind: 'rect', x, y: y + 20, width: barWidth, height: 16, color: color.track, radius: 4 },
      {
        kind: 'rect',
        x,
        y: y + 20,
        width: Math.max(2, barWidth * prediction.probability),
        height: 16,
        color: index === 0 ? color.bar : color.rest,
        radius: 4,
      },
    );
  }
  const heard = report.windows.filter((window) => !window.silent).length;
  const { ambiguous, reasons, notMusic } = judge(report.track, report.windows);
  let y = panel.y + 458;
  const style = { size: 16, most: barWidth, pitch: 22, mostLines: 2 };
  y +=
    22 *
    sheet.lines(x, y, text.agreement(Math.round(report.track.agreement * heard), heard), {
      ...style,
      mostLines: 1,
      color: color.muted,
    });
  if (ambiguous)
    y +=
      22 *
      sheet.lines(
        x,
        y,
        `${text.ambiguous}${text.colon}${reasons.map((reason) => text.reasons[reason]).join(text.comma)}`,
        { ...style, weight: 600, color: color.text },
      );
  if (notMusic) y += 22 * sheet.lines(x, y, text.notMusic, { ...style, weight: 600, color: color.text });
  if (marked) sheet.lines(x, y, text.experimental, { ...style, size: 15, color: color.muted });
}

/** What a person said, what the sound is like, and what proves the result. @returns the last baseline */
function addLines(
  sheet: Sheet,
  report: AnalysisReport,
  options: CardOptions,
  color: Palette,
  text: Texts,
): number {
  const most = width - 2 * margin;
  let y = linesY;
  const put = (
    line: string,
    style: { size?: number; weight?: CardWeight; color: string; mostLines?: number },
  ): void => {
    const { size = 17, mostLines = 1 } = style;
    y += linePitch * sheet.lines(margin, y, line, { size, mostLines, most, pitch: linePitch, ...style });
  };
  const { review } = options;
  if (review.verdict.kind !== 'none' || review.reviewedAt !== null) {
    const verdict =
      review.verdict.kind === 'corrected'
        ? text.corrected(markedLabel(report.model.labels, review.verdict.genre, options.language))
        : text.verdicts[review.verdict.kind];
    const when = review.reviewedAt === null ? '' : `  ·  ${text.reviewed} ${review.reviewedAt}`;
    put(`${text.verdict}${text.colon}${verdict}${when}`, { size: 19, weight: 600, color: color.text });
  }
  if (review.note !== '') put(`${text.note}${text.colon}${review.note}`, { color: color.text, mostLines: 4 });
  if (review.tags.length > 0)
    put(`${text.tags}${text.colon}${review.tags.join(' · ')}`, { color: color.text, mostLines: 2 });
  for (const note of options.notes.slice(0, 5)) put(note, { color: color.text });
  const descriptors = descriptorLine(report, text);
  if (descriptors !== '') put(descriptors, { color: color.text, mostLines: 2 });
  for (const line of provenance(report, options.language, text))
    put(line, { size: 15, color: color.muted, mostLines: 2 });
  return y - linePitch;
}

function descriptorLine({ descriptors }: AnalysisReport, text: Texts): string {
  if (descriptors === null) return '';
  const named: Readonly<Record<DescriptorName, readonly [string, string, number | 'significant']>> =
    text.descriptors;
  return descriptorNames
    .flatMap((name) => {
      const value = descriptors[name];
      const [label, unit, decimals] = named[name];
      return value === null
        ? []
        : [`${label} ${figureOf(value, decimals)}${unit === '' ? '' : `\u00a0${unit}`}`];
    })
    .join('  ·  ');
}

/** With so many decimals, or with two significant digits where values span decades. */
const figureOf = (value: number, decimals: number | 'significant'): string =>
  (decimals === 'significant' ? String(Number(value.toPrecision(2))) : value.toFixed(decimals)).replace(
    /^-/,
    '−',
  );

const upTo = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));

/** Everything that the numbers depend on, in a few lines. */
function provenance(report: AnalysisReport, language: 'en' | 'zh', text: Texts): string[] {
  const { file, model, backend, program } = report;
  const { frontEnd } = model;
  const seconds = (frames: number): string => upTo((frames * frontEnd.hopLength) / frontEnd.sampleRate, 2);
  return [
    `${text.file}${text.colon}${file.sha256}`,
    `${text.model}${text.colon}${model.id} ${model.version}  ·  ${text.weights} ${model.sha256}`,
    `${text.settings}${text.colon}${[
      `${frontEnd.sampleRate} Hz`,
      `FFT ${frontEnd.nFft}`,
      `hop ${frontEnd.hopLength}`,
      text.bands(frontEnd.nMels, upTo(frontEnd.fMin, 1), upTo(frontEnd.fMax, 1)),
      text.windows(seconds(frontEnd.windowFrames), seconds(frontEnd.windowHopFrames)),
      `${text.temperature} ${upTo(model.temperature, 4)}`,
    ].join('  ·  ')}`,
    `${text.backend}${text.colon}${backendLabel(backend, language)}  ·  ${text.analysed} ${report.createdAt}  ·  ${program.name} ${program.version}`,
  ];
}
