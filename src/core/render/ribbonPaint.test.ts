import { describe, expect, it } from 'vitest';
import { ribbonOf } from '#core/render/ribbon.ts';
import {
  otherColors,
  paintRibbon,
  ribbonColor,
  ribbonColors,
  ribbonInk,
  ribbonPattern,
  type RibbonPen,
  type RibbonTheme,
} from '#core/render/ribbonPaint.ts';
import { lightness, luminance, type ColourVision } from '#core/testing/colourVision.ts';
import { windowsOf } from '#core/testing/windows.ts';

const themes = Object.keys(otherColors) as RibbonTheme[];
const visions: readonly ColourVision[] = ['normal', 'deuteranopia', 'protanopia', 'tritanopia'];
const cases = themes.flatMap((theme) => visions.map((vision) => [theme, vision] as const));

describe('colours of the ribbon', () => {
  it.each(cases)('%s, %s: neighbours differ by 26 in lightness, any two by 7', (theme, vision) => {
    const seen = [...ribbonColors, otherColors[theme]].map((color) => lightness(color, vision));
    for (const [at, light] of seen.entries()) {
      for (const other of seen.slice(at + 1)) expect(Math.abs(light - other)).toBeGreaterThan(7);
      if (at > 0) expect(Math.abs(light - seen[at - 1]!)).toBeGreaterThan(26);
    }
  });

  it.each(themes)('%s: names have a contrast of 4.5 on their band (WCAG 2.2, 1.4.3)', (theme) => {
    for (let place = 0; place <= ribbonColors.length; place += 1) {
      const isOther = place === ribbonColors.length;
      const [low, high] = [ribbonColor(place, isOther, theme), ribbonInk(place, isOther, theme)]
        .map((color) => luminance(color))
        .toSorted((a, b) => a - b);
      expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThan(4.5);
    }
  });

  it('every band has a hatching of its own', () => {
    expect(new Set(ribbonColors.map((_, place) => ribbonPattern(place, false))).size).toBe(
      ribbonColors.length,
    );
  });
});

const nothing = (): void => undefined;

/** A pen that writes down what it is told. */
function recordingPen(): { readonly pen: RibbonPen; readonly texts: string[] } {
  const texts: string[] = [];
  return {
    texts,
    pen: {
      fillStyle: '',
      strokeStyle: '',
      lineWidth: 1,
      font: '',
      textAlign: '',
      textBaseline: '',
      globalAlpha: 1,
      save: nothing,
      restore: nothing,
      beginPath: nothing,
      rect: nothing,
      moveTo: nothing,
      lineTo: nothing,
      clip: nothing,
      fill: nothing,
      stroke: nothing,
      fillRect: nothing,
      fillText: (text) => texts.push(text),
      measureText: (text) => ({ width: text.length * 7 }),
    },
  };
}

describe('paintRibbon', () => {
  const ribbon = ribbonOf(
    windowsOf([
      { Jazz: 0.7, Folk: 0.3 },
      { Jazz: 0.7, Folk: 0.3 },
    ]),
    ['Jazz', 'Folk'],
  );
  const look = {
    theme: 'light',
    fontFamily: 'sans-serif',
    fontSize: 11,
    unit: 1,
    nameOf: (genre: string) => (genre === 'Folk' ? 'Folk *' : genre),
  } as const;

  it('writes each name once, inside its band, where it fits', () => {
    const { pen, texts } = recordingPen();
    const names = paintRibbon(pen, ribbon, { startSeconds: 0, endSeconds: 15, width: 600, height: 60 }, look);
    expect(texts).toEqual(['Jazz', 'Folk *']);
    const [jazz, folk] = names;
    expect(jazz!.box.y).toBeGreaterThanOrEqual(0.3 * 60);
    expect(folk!.box.y + folk!.box.height).toBeLessThanOrEqual(0.3 * 60);
  });

  it('leaves a name out where there is no room', () => {
    const { pen, texts } = recordingPen();
    paintRibbon(pen, ribbon, { startSeconds: 0, endSeconds: 15, width: 40, height: 60 }, look);
    expect(texts).toEqual(['Jazz']);
    paintRibbon(pen, ribbon, { startSeconds: 0, endSeconds: 15, width: 600, height: 12 }, look);
    expect(texts).toEqual(['Jazz']);
  });
});
