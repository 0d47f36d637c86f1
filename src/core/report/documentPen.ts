import { graphemes, singleLine } from '#core/report/exportedResult.ts';

/**
 * Results as pages of a document: what to print, where, in which colour. Lengths are points (1/72 inch), y grows downwards
 * from the top of the page. A host that can write a document draws it item by item; the layout is tested without one.
 */
export type DocumentItem =
  | {
      readonly kind: 'text';
      /** Anchor on the baseline, at the left. */
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly color: string;
    }
  | {
      /** Rectangles of one colour: x, y, width, height of each. */
      readonly kind: 'rects';
      readonly color: string;
      readonly rects: readonly (readonly [number, number, number, number])[];
    }
  | {
      readonly kind: 'picture';
      readonly source: 'spectrogram' | 'overlay' | 'thumbnail';
      /** Position in the list of results. */
      readonly result: number;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    }
  | {
      /** A place that leads to another page when it is clicked. */
      readonly kind: 'link';
      readonly page: number;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    };

/** What the layout must know of the font it is printed with. */
export interface DocumentFont {
  /** Width of a text in points; every character of it is in the font. */
  width(text: string, size: number): number;
  has(codePoint: number): boolean;
}

/** A4, in points. */
export const pageWidth = 595.28;
export const pageHeight = 841.89;

/** White space at the sides. */
export const margin = 40;
/** Right edge of what is printed. */
export const right = pageWidth - margin;
export const ink = '#171a21';
export const muted = '#565e6c';

/** Stands for a character that the font lacks. */
export const missing = '\u25a1';

/** Joiners, variation selectors and marks of direction: nothing to see where the font has no joined form. */
const invisible = /^(?:\p{Cf}|\p{Variation_Selector}|\p{Emoji_Modifier})$/u;

/** No line holds more: a text of megabytes is not measured character by character. */
const longestLine = 1000;

function withoutMiddle(text: string): string {
  if (text.length <= longestLine) return text;
  return `${text.slice(0, longestLine / 2)}…${text.slice(-longestLine / 2)}`;
}

/** A pen that knows the font: texts are made printable, measured and shortened before they are placed. */
export class DocumentPen {
  readonly items: DocumentItem[] = [];
  /** True as soon as a character had to be replaced. */
  replaced = false;
  private readonly font: DocumentFont;

  /** @param font of all texts */
  constructor(font: DocumentFont) {
    this.font = font;
  }

  /** The text with every character that the font lacks replaced by a square, one for what people see as one character. */
  printable(text: string): string {
    return graphemes(singleLine(text))
      .map((character) => {
        const points = Array.from(character).filter((point) => !invisible.test(point));
        if (points.every((point) => this.font.has(point.codePointAt(0)!))) return points.join('');
        this.replaced = true;
        return missing;
      })
      .join('');
  }

  width(text: string, size: number): number {
    return this.font.width(this.printable(text), size);
  }

  /**
   * Places a text; one that is wider than `maxWidth` is shortened in the middle, so that the end of a file name stays.
   * @returns its width
   */
  text(
    x: number,
    y: number,
    text: string,
    size: number,
    color: string = ink,
    {
      align = 'left',
      maxWidth = right - margin,
    }: { align?: 'left' | 'right' | 'center'; maxWidth?: number } = {},
  ): number {
    const shown = this.shortened(this.printable(withoutMiddle(text)), size, maxWidth);
    if (shown === '') return 0;
    const width = this.font.width(shown, size);
    const shift = align === 'left' ? 0 : align === 'right' ? width : width / 2;
    this.items.push({ kind: 'text', x: x - shift, y, text: shown, size, color });
    return width;
  }

  rect(x: number, y: number, width: number, height: number, color: string): void {
    this.items.push({ kind: 'rects', color, rects: [[x, y, width, height]] });
  }

  private shortened(text: string, size: number, maxWidth: number): string {
    if (this.font.width(text, size) <= maxWidth) return text;
    const characters = graphemes(text);
    const cut = (kept: number): string => {
      const end = Math.floor(kept / 2);
      return `${characters.slice(0, kept - end).join('')}…${end === 0 ? '' : characters.slice(-end).join('')}`;
    };
    let least = 0;
    let most = characters.length;
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (this.font.width(cut(middle), size) <= maxWidth) least = middle;
      else most = middle - 1;
    }
    return cut(least);
  }

  /** Breaks a text into lines at spaces, or between any two characters where a word is too long or has no spaces. */
  lines(text: string, size: number, maxWidth: number): string[] {
    const lines: string[] = [];
    for (const paragraph of text.split(/\r\n|[\n\r\u2028\u2029]/u)) {
      let line = '';
      for (const word of this.printable(paragraph).split(/(?<= )|(?<=[\u2e80-\u9fff\uff00-\uffef])/u)) {
        let left = word;
        while (this.font.width(line + left.trimEnd(), size) > maxWidth) {
          if (line !== '') {
            lines.push(line.trimEnd());
            line = '';
            continue;
          }
          const characters = graphemes(left);
          let fits = 1;
          while (
            fits < characters.length &&
            this.font.width(characters.slice(0, fits + 1).join(''), size) <= maxWidth
          )
            fits++;
          if (fits === characters.length) break;
          lines.push(characters.slice(0, fits).join(''));
          left = characters.slice(fits).join('');
        }
        line += left;
      }
      lines.push(line.trimEnd());
    }
    return lines;
  }
}
