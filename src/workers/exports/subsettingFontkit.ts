import type { PDFDocument } from '@cantoo/pdf-lib';
import fontkit from '@pdf-lib/fontkit';

type Fontkit = Parameters<PDFDocument['registerFontkit']>[0];
type Font = Extract<ReturnType<Fontkit['create']>, { createSubset: unknown }>;

/** What @pdf-lib/fontkit 1.1.1 keeps of a TrueType subset while it is written. */
interface TrueTypeSubset {
  includeGlyph(glyph: number | { readonly id: number }): number;
  encodeStream(): NodeStream;
  /** Where each outline begins. Version 0 holds half offsets, 1 whole ones; left out, the size of the font decides. */
  loca: { version?: 0 | 1 };
}
type NodeStream = ReturnType<NonNullable<ReturnType<Font['createSubset']>['encodeStream']>>;

/**
 * @pdf-lib/fontkit 1.1.1 as @cantoo/pdf-lib 2.11 needs it, for TrueType fonts. Two things differ:
 *
 * - pdf-lib would call the subset's `encode()`, which later fontkits have without a parameter and this one has with a
 *   stream; only `encodeStream` is shown to it.
 * - Small subsets get a `loca` table of half offsets (OpenType 1.9.1, "loca"), but outlines of odd length are not padded:
 *   every glyph after one would be read from the wrong place and vanish. Whole offsets are asked for here.
 */
export const subsettingFontkit: Fontkit = {
  create(bytes, name) {
    const font = fontkit.create(bytes, name) as unknown as Font;
    const createSubset = font.createSubset.bind(font);
    font.createSubset = () => {
      const subset = createSubset() as unknown as TrueTypeSubset;
      let loca: TrueTypeSubset['loca'] = {};
      // The subset sets it anew when it begins to write.
      Object.defineProperty(subset, 'loca', {
        get: () => loca,
        set: (table: TrueTypeSubset['loca']) => {
          loca = Object.assign(table, { version: 1 });
        },
      });
      return {
        includeGlyph: (glyph) => subset.includeGlyph(glyph),
        encodeStream: () => subset.encodeStream(),
      };
    };
    return font;
  },
};
