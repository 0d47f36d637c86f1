import type { Ribbon } from '#core/render/ribbon.ts';
import { ribbonBands, type RibbonBand, type RibbonFrame, type RibbonStep } from '#core/render/ribbonScene.ts';

/** The part of a canvas context that the ribbon needs; every host's fits. */
export interface RibbonPen {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  font: string;
  textAlign: unknown;
  textBaseline: unknown;
  globalAlpha: number;
  save(): void;
  restore(): void;
  beginPath(): void;
  rect(x: number, y: number, width: number, height: number): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  clip(): void;
  fill(): void;
  stroke(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
}

/**
 * Colours by place in the stack, from the bottom. Neighbours differ by 26 or more in lightness (CIE L*), any two by 7,
 * for normal sight, in grey, and for people without red or green cones (`ribbonPaint.test.ts`): hue is only a help.
 */
export const ribbonColors = ['#263e8a', '#dda83a', '#a34a80', '#b2e6dc', '#5f9648'] as const;
/** The rest, which is nobody's: next to the page's own colour. */
export const otherColors = { light: '#f4f5f8', dark: '#1d2229' } as const;

export type RibbonTheme = keyof typeof otherColors;

const darkInk = '#14161b';
const lightInk = '#ffffff';

export function ribbonColor(place: number, isOther: boolean, theme: RibbonTheme): string {
  return isOther ? otherColors[theme] : (ribbonColors[place] ?? otherColors[theme]);
}

/** Ink of names and patterns on a band: the one with the larger contrast. */
export function ribbonInk(place: number, isOther: boolean, theme: RibbonTheme): string {
  if (isOther) return theme === 'light' ? darkInk : lightInk;
  return place === 0 || place === 2 ? lightInk : darkInk;
}

/** What a band is hatched with, beside its colour: the second cue. */
export type RibbonPattern = 'plain' | 'rising' | 'dots' | 'falling' | 'level';
const patterns: readonly RibbonPattern[] = ['plain', 'rising', 'dots', 'falling', 'level'];
export const ribbonPattern = (place: number, isOther: boolean): RibbonPattern =>
  isOther ? 'plain' : (patterns[place] ?? 'plain');

export interface RibbonLook {
  readonly theme: RibbonTheme;
  /** Family of the names, as CSS writes it. */
  readonly fontFamily: string;
  /** Size of the names in the units of the frame. */
  readonly fontSize: number;
  /** Units of the frame for a CSS pixel: patterns and lines are as coarse on every screen. */
  readonly unit: number;
  /** Name of a genre for people, its mark included. */
  readonly nameOf: (genre: string) => string;
}

/** What was drawn, so that tests and screen readers need not read pixels. */
export interface PaintedName {
  readonly genre: string;
  readonly text: string;
  readonly box: RibbonStep;
}

/**
 * Draws the seen part of a ribbon at the pen's origin: bands in colour and hatching, a line between them, and the names
 * where they fit.
 *
 * @returns the names that were drawn
 */
export function paintRibbon(
  pen: RibbonPen,
  ribbon: Ribbon,
  frame: RibbonFrame,
  look: RibbonLook,
): PaintedName[] {
  const { unit } = look;
  const labelHeight = look.fontSize * 1.15;
  const bands = ribbonBands(ribbon, frame, labelHeight);
  const span = frame.endSeconds - frame.startSeconds;
  // Patterns hang on the time, not on the screen: they do not swim while the picture is panned.
  const origin = span > 0 ? (-frame.startSeconds / span) * frame.width : 0;
  for (const band of bands) {
    if (band.steps.length === 0) continue;
    const isOther = band.genre === null;
    pen.save();
    pen.beginPath();
    for (const step of band.steps) if (step.height > 0) pen.rect(step.x, step.y, step.width, step.height);
    pen.fillStyle = ribbonColor(band.place, isOther, look.theme);
    pen.fill();
    pen.clip();
    hatch(
      pen,
      ribbonPattern(band.place, isOther),
      frame,
      origin,
      unit,
      ribbonInk(band.place, isOther, look.theme),
    );
    pen.restore();
  }
  // Lines between bands, over all of them.
  pen.save();
  pen.fillStyle = look.theme === 'light' ? lightInk : darkInk;
  pen.globalAlpha = 0.75;
  for (const band of bands.slice(1))
    for (const step of band.steps) pen.fillRect(step.x, step.y + step.height - unit / 2, step.width, unit);
  pen.restore();
  return bands.flatMap((band) => paintName(pen, band, look, labelHeight));
}

function paintName(pen: RibbonPen, band: RibbonBand, look: RibbonLook, labelHeight: number): PaintedName[] {
  const { genre, room } = band;
  if (genre === null || room === null) return [];
  const text = look.nameOf(genre);
  pen.save();
  pen.font = `${look.fontSize}px ${look.fontFamily}`;
  pen.textAlign = 'center';
  pen.textBaseline = 'alphabetic';
  const width = pen.measureText(text).width + 8 * look.unit;
  const fits = width <= room.width;
  const box: RibbonStep = {
    x: room.x + (room.width - width) / 2,
    y: room.y + (room.height - labelHeight) / 2,
    width,
    height: labelHeight,
  };
  if (fits) {
    // A plate of the band's own colour: hatching behind letters makes them hard to read.
    pen.fillStyle = ribbonColor(band.place, false, look.theme);
    pen.fillRect(box.x, box.y, box.width, box.height);
    pen.fillStyle = ribbonInk(band.place, false, look.theme);
    pen.fillText(text, box.x + box.width / 2, box.y + box.height / 2 + look.fontSize * 0.35);
  }
  pen.restore();
  return fits ? [{ genre, text, box }] : [];
}

function hatch(
  pen: RibbonPen,
  pattern: RibbonPattern,
  frame: RibbonFrame,
  origin: number,
  unit: number,
  ink: string,
): void {
  if (pattern === 'plain') return;
  const period = (pattern === 'level' ? 5 : 7) * unit;
  const { width, height } = frame;
  const first = origin - Math.ceil(origin / period) * period - Math.ceil(height / period) * period;
  pen.globalAlpha = 0.3;
  pen.strokeStyle = ink;
  pen.fillStyle = ink;
  pen.lineWidth = unit;
  if (pattern === 'dots') {
    for (let x = first; x < width; x += period)
      for (let y = 0; y < height; y += period) pen.fillRect(x, y, 1.5 * unit, 1.5 * unit);
    return;
  }
  pen.beginPath();
  if (pattern === 'level') {
    for (let y = period / 2; y < height; y += period) {
      pen.moveTo(0, y);
      pen.lineTo(width, y);
    }
  } else {
    for (let x = first; x < width + height; x += period) {
      pen.moveTo(x, pattern === 'rising' ? height : 0);
      pen.lineTo(x + height, pattern === 'rising' ? 0 : height);
    }
  }
  pen.stroke();
}
