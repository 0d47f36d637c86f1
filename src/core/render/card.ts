import { type AxisTick, formatClock, frequencyTicks, timeTicks } from '#core/render/axes.ts';
import { markedLabel } from '#core/model/labels.ts';
import { overlayColor } from '#core/render/overlay.ts';
import type { AnalysisReport } from '#core/report/report.ts';

/**
 * The archive card as data: what to paint, where, in which colour. A host with a canvas paints it item by item; the layout
 * can be tested without one.
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
      readonly text: string;
      readonly size: number;
      readonly color: string;
      readonly weight?: 400 | 600;
      readonly align?: 'left' | 'right' | 'center';
      readonly mono?: boolean;
      /** Longer texts are shortened in the middle, so that the end of a file name stays readable. */
      readonly maxWidth?: number;
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
      /** A strip of colours from left to right. */
      readonly kind: 'ramp';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly colors: readonly (readonly [number, number, number, number])[];
    };

export interface CardScene {
  /** CSS pixels; paint at any scale. */
  readonly width: number;
  readonly height: number;
  readonly items: readonly CardItem[];
}

export interface CardOptions {
  readonly language: 'en' | 'zh';
  readonly theme: 'light' | 'dark';
  /** 0..1, as the person has set it. */
  readonly overlayOpacity: number;
  /** Relative attention at the top of the overlay's scale. */
  readonly overlayScaleMax: number;
  /** Colour of the spectrogram at t in 0..1, for the legend. */
  readonly spectrogramColor: (t: number) => readonly [number, number, number];
  /** Sentences to show under the picture, already in the language: warnings of the report. */
  readonly notes: readonly string[];
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
  },
  dark: {
    page: '#14161b',
    panel: '#1d2027',
    text: '#f0f2f6',
    muted: '#a2aab8',
    track: '#2c313b',
    bar: '#7aa2ff',
    rest: '#4c67a8',
  },
} as const;

const texts = {
  en: {
    genres: 'Most likely genres',
    overlay: 'Where the model looked (attention rollout, × even attention)',
    level: 'Level under the loudest point, dB',
    experimental: '* experimental label: rests on little evidence',
    agreement: (share: string, count: number): string =>
      count === 1 ? '1 window' : `${share} of ${count} windows agree on the first`,
    model: 'Model',
    backend: 'Computed on',
    analysed: 'Analysed',
    file: 'File SHA-256',
    weights: 'weights',
    hertz: 'Hz',
    channels: (count: number): string =>
      count === 1 ? 'mono' : count === 2 ? 'stereo' : `${count} channels`,
  },
  zh: {
    genres: '最可能的流派',
    overlay: '模型关注的位置（注意力展开，相对均匀注意力的倍数）',
    level: '相对最响处的电平，dB',
    experimental: '* 实验性标签：依据较少',
    agreement: (share: string, count: number): string =>
      count === 1 ? '1 个窗口' : `${count} 个窗口中有 ${share} 与首位一致`,
    model: '模型',
    backend: '计算后端',
    analysed: '分析时间',
    file: '文件 SHA-256',
    weights: '权重',
    hertz: 'Hz',
    channels: (count: number): string => (count === 1 ? '单声道' : count === 2 ? '立体声' : `${count} 声道`),
  },
} as const;

const width = 1600;
const margin = 48;
const plot = { x: margin + 56, y: 150, width: 980, height: 560 } as const;
const panel = { x: 1172, y: 150, width: width - margin - 1172, height: 560 } as const;

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

/** Lays a report out as a picture of 1600 CSS pixels width: spectrogram, overlay, five bars, and what proves them. */
export function layOutCard(report: AnalysisReport, options: CardOptions): CardScene {
  const color = palettes[options.theme];
  const text = texts[options.language];
  const items: CardItem[] = [];
  const notes = options.notes.slice(0, 4);
  const height = 904 + notes.length * 26;
  items.push({ kind: 'rect', x: 0, y: 0, width, height, color: color.page });

  // Title
  items.push(
    {
      kind: 'text',
      x: margin,
      y: 76,
      text: report.file.name,
      size: 34,
      weight: 600,
      color: color.text,
      maxWidth: width - 2 * margin,
    },
    {
      kind: 'text',
      x: margin,
      y: 112,
      size: 20,
      color: color.muted,
      text: [
        formatClock(report.file.durationSeconds, 0.1),
        report.file.container,
        `${report.file.sampleRate} ${text.hertz}`,
        text.channels(report.file.channels),
      ].join('  ·  '),
    },
  );

  // Spectrogram, overlay, axes
  const at = { x: plot.x, y: plot.y, width: plot.width, height: plot.height };
  items.push({ kind: 'tiles', source: 'spectrogram', ...at, opacity: 1 });
  if (options.overlayOpacity > 0)
    items.push({ kind: 'tiles', source: 'overlay', ...at, opacity: options.overlayOpacity });
  items.push(...axis(timeTicks(report.file.durationSeconds, 10), 'time', color));
  items.push(...axis(frequencyTicks(report.model.frontEnd, 20 / plot.height), 'frequency', color));
  items.push({
    kind: 'text',
    x: margin - 8,
    y: plot.y - 12,
    text: text.hertz,
    size: 16,
    color: color.muted,
  });

  // Legends
  const legendY = plot.y + plot.height + 62;
  // 300 pixels in whole steps: half-covered pixels between translucent steps would show as stripes.
  const steps = Array.from({ length: 60 }, (_, index) => index / 59);
  const legend = (
    x: number,
    colors: readonly (readonly [number, number, number, number])[],
    low: string,
    high: string,
    label: string,
  ): void => {
    items.push(
      { kind: 'text', x, y: legendY, text: label, size: 15, color: color.muted, maxWidth: 470 },
      { kind: 'ramp', x: x + 44, y: legendY + 12, width: 300, height: 12, colors },
      { kind: 'text', x: x + 36, y: legendY + 23, text: low, size: 15, color: color.muted, align: 'right' },
      { kind: 'text', x: x + 352, y: legendY + 23, text: high, size: 15, color: color.muted },
    );
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

  // Five bars
  items.push(
    { kind: 'rect', ...panel, color: color.panel, radius: 12 },
    {
      kind: 'text',
      x: panel.x + 24,
      y: panel.y + 44,
      text: text.genres,
      size: 22,
      weight: 600,
      color: color.text,
    },
  );
  const top = report.track.predictions.slice(0, 5);
  let marked = false;
  for (const [index, prediction] of top.entries()) {
    const label = report.model.labels.find((candidate) => candidate.id === prediction.genre);
    const y = panel.y + 88 + index * 82;
    const barWidth = panel.width - 48;
    const experimental = label?.experimental === true;
    marked ||= experimental;
    items.push(
      {
        kind: 'text',
        x: panel.x + 24,
        y: y + 8,
        text: markedLabel(report.model.labels, prediction.genre, options.language),
        size: 21,
        weight: index === 0 ? 600 : 400,
        color: color.text,
        maxWidth: barWidth - 110,
      },
      {
        kind: 'text',
        x: panel.x + 24 + barWidth,
        y: y + 8,
        text: `${(prediction.probability * 100).toFixed(2)} %`,
        size: 21,
        weight: index === 0 ? 600 : 400,
        color: color.text,
        align: 'right',
      },
      {
        kind: 'rect',
        x: panel.x + 24,
        y: y + 22,
        width: barWidth,
        height: 16,
        color: color.track,
        radius: 4,
      },
      {
        kind: 'rect',
        x: panel.x + 24,
        y: y + 22,
        width: Math.max(2, barWidth * prediction.probability),
        height: 16,
        color: index === 0 ? color.bar : color.rest,
        radius: 4,
      },
    );
  }
  const heard = report.windows.filter((window) => !window.silent).length;
  items.push({
    kind: 'text',
    x: panel.x + 24,
    y: panel.y + panel.height - 50,
    text: text.agreement(`${Math.round(report.track.agreement * 100)} %`, heard),
    size: 17,
    color: color.muted,
    maxWidth: panel.width - 48,
  });
  if (marked)
    items.push({
      kind: 'text',
      x: panel.x + 24,
      y: panel.y + panel.height - 22,
      text: text.experimental,
      size: 15,
      color: color.muted,
      maxWidth: panel.width - 48,
    });

  // What proves it
  const proofY = 836;
  for (const [index, note] of notes.entries()) {
    items.push({
      kind: 'text',
      x: margin,
      y: proofY + index * 26,
      text: note,
      size: 17,
      color: color.text,
      maxWidth: width - 2 * margin,
    });
  }
  const lines = [
    `${text.model}: ${report.model.id} ${report.model.version}, ${text.weights} ${report.model.sha256.slice(0, 16)}   ·   ${text.backend}: ${backendLabel(report.backend, options.language)}   ·   ${text.analysed}: ${report.createdAt}   ·   ${report.program.name} ${report.program.version}`,
    `${text.file}: ${report.file.sha256}`,
  ];
  for (const [index, line] of lines.entries()) {
    items.push({
      kind: 'text',
      x: margin,
      y: proofY + notes.length * 26 + index * 26,
      text: line,
      size: 16,
      color: color.muted,
      maxWidth: width - 2 * margin,
    });
  }
  return { width, height, items };
}

function axis(
  ticks: readonly AxisTick[],
  kind: 'time' | 'frequency',
  color: (typeof palettes)['light' | 'dark'],
): CardItem[] {
  return ticks.flatMap((tick): CardItem[] => {
    if (kind === 'time') {
      const x = plot.x + tick.position * plot.width;
      return [
        { kind: 'rect', x, y: plot.y + plot.height, width: 1, height: 8, color: color.muted },
        {
          kind: 'text',
          x,
          y: plot.y + plot.height + 28,
          text: tick.label,
          size: 16,
          color: color.muted,
          align: 'center',
        },
      ];
    }
    const y = plot.y + (1 - tick.position) * plot.height;
    return [
      { kind: 'rect', x: plot.x - 8, y, width: 8, height: 1, color: color.muted },
      {
        kind: 'text',
        x: plot.x - 12,
        y: y + 5,
        text: tick.label,
        size: 16,
        color: color.muted,
        align: 'right',
      },
    ];
  });
}
