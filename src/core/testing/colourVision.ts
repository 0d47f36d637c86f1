/** How a colour looks to people who lack a kind of cone, and how light it is. */

export type ColourVision = 'normal' | 'deuteranopia' | 'protanopia' | 'tritanopia';

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB; row by row. */
const matrices: Readonly<Record<ColourVision, readonly number[]>> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** Linear RGB of '#rrggbb', 0..1 (IEC 61966-2-1). */
function linearOf(hex: string): number[] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

/** Relative luminance of '#rrggbb' (WCAG 2.2), 0..1, as seen. */
export function luminance(hex: string, vision: ColourVision = 'normal'): number {
  const linear = linearOf(hex);
  const seen = [0, 1, 2].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        [0, 1, 2].reduce((sum, at) => sum + matrices[vision][3 * row + at]! * linear[at]!, 0),
      ),
    ),
  );
  return 0.2126 * seen[0]! + 0.7152 * seen[1]! + 0.0722 * seen[2]!;
}

/** CIE L*, 0..100; what is left of a colour in a grey print. */
export function lightness(hex: string, vision: ColourVision = 'normal'): number {
  const y = luminance(hex, vision);
  return y > 216 / 24_389 ? 116 * Math.cbrt(y) - 16 : (y * 24_389) / 27;
}
