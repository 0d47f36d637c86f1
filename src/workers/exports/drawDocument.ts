import {
  PDFArray,
  PDFDocument,
  PDFHexString,
  PDFName,
  concatTransformationMatrix,
  drawObject,
  fill,
  popGraphicsState,
  pushGraphicsState,
  rectangle,
  rgb,
  setFillingRgbColor,
  type PDFFont,
  type PDFOperator,
  type PDFPage,
  type PDFRef,
} from '@cantoo/pdf-lib';
import { attentionScaleMax } from '#core/explain/attentionColumns.ts';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import {
  translucentOverlay,
  type IndexedPicture,
  type TranslucentPicture,
} from '#core/render/documentPicture.ts';
import { layOutDocument, type DocumentScene } from '#core/report/documentPages.ts';
import { pageHeight, pageWidth, type DocumentFont, type DocumentItem } from '#core/report/documentPen.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { DocumentInput, DocumentLook } from '#workers/exports/api.ts';
import { subsettingFontkit } from '#workers/exports/subsettingFontkit.ts';

/** Columns of a picture on a page: 167 dots an inch over the width of the plot. */
export const documentColumns = 1120;

/** The tag of a subset is six capitals; a fixed one keeps the file the same for the same results. */
const fontName = 'ACSENS+NotoSansSC-Regular';

/**
 * Results as a PDF 1.7 file (`layOutDocument`): text as text in one embedded font, cut to the characters in use,
 * pictures as images, bars and ribbon as vectors, an outline, links from the contents. The same results and look give the same bytes.
 *
 * @param font a TrueType file
 * @param onPage told after each page
 */
export async function drawDocument(
  results: readonly DocumentInput[],
  look: DocumentLook,
  font: Uint8Array<ArrayBuffer>,
  onPage?: (pagesDone: number, pages: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.registerFontkit(subsettingFontkit);
  const embedded = await document.embedFont(font, {
    subset: true,
    customName: fontName,
    // One glyph a character: what is measured is what is printed, and text can be found and copied.
    features: { liga: false, dlig: false, clig: false, calt: false, ccmp: false, locl: false },
  });
  const pictures = await Promise.all(results.map((result) => embedPictures(document, result, look)));
  const scene = layOutDocument(
    results.map(({ report, review }, at) => ({
      report,
      review,
      picture:
        pictures[at]!.spectrogram !== null
          ? 'spectrogram'
          : pictures[at]!.thumbnail !== null
            ? 'thumbnail'
            : 'none',
    })),
    measuring(embedded),
    {
      language: look.language,
      overlayScaleMax: pictures.map((picture) => picture.overlay?.scaleMax ?? null),
      spectrogramColor: (t) => {
        const entry = 3 * Math.min(255, Math.floor(256 * t));
        return [look.palette[entry]!, look.palette[entry + 1]!, look.palette[entry + 2]!];
      },
      floorDb: look.floorDb,
      ceilingDb: look.ceilingDb,
    },
  );
  const pages = scene.pages.map(() => document.addPage([pageWidth, pageHeight]));
  for (const [at, page] of pages.entries()) {
    drawPage(page, scene.pages[at]!.items, { font: embedded, pictures, pages });
    onPage?.(at + 1, pages.length);
  }
  describe(document, scene);
  outline(document, scene, pages);
  return new Uint8Array(await document.save({ objectsPerTick: Number.POSITIVE_INFINITY }));
}

/** Widths as the document prints them: the sum of the glyphs' advances, without kerning. */
function measuring(font: PDFFont): DocumentFont {
  const known = new Set(font.getCharacterSet());
  const widths = new Map<string, number>();
  return {
    has: (codePoint) => known.has(codePoint),
    width: (text, size) => {
      let width = 0;
      for (const character of text) {
        let one = widths.get(character);
        if (one === undefined) {
          one = font.widthOfTextAtSize(character, 1000) / 1000;
          widths.set(character, one);
        }
        width += one;
      }
      return width * size;
    },
  };
}

interface EmbeddedPictures {
  readonly spectrogram: PDFRef | null;
  readonly overlay: { readonly ref: PDFRef; readonly scaleMax: number } | null;
  readonly thumbnail: PDFRef | null;
}

async function embedPictures(
  document: PDFDocument,
  { report, spectrogram, thumbnail }: DocumentInput,
  look: DocumentLook,
): Promise<EmbeddedPictures> {
  return {
    spectrogram: spectrogram === null ? null : embedIndexed(document, spectrogram, look.palette),
    overlay: look.overlayOpacity > 0 ? embedOverlay(document, report, look.overlayOpacity) : null,
    thumbnail: spectrogram === null && thumbnail !== null ? await embedThumbnail(document, thumbnail) : null,
  };
}

function embedIndexed(
  document: PDFDocument,
  { width, height, entries }: IndexedPicture,
  palette: Uint8Array,
): PDFRef {
  const { context } = document;
  const colors = Array.from(palette, (value) => value.toString(16).padStart(2, '0')).join('');
  const space = PDFArray.withContext(context);
  space.push(PDFName.of('Indexed'));
  space.push(PDFName.of('DeviceRGB'));
  space.push(context.obj(255));
  space.push(PDFHexString.of(colors));
  return context.register(
    context.flateStream(entries, {
      Type: 'XObject',
      Subtype: 'Image',
      Width: width,
      Height: height,
      BitsPerComponent: 8,
      ColorSpace: space,
    }),
  );
}

function embedOverlay(
  document: PDFDocument,
  report: AnalysisReport,
  opacity: number,
): EmbeddedPictures['overlay'] {
  const { sampleRate, hopLength } = report.model.frontEnd;
  const frames = Math.max(1, 1 + Math.floor((report.file.durationSeconds * sampleRate) / hopLength));
  const attention = layOutRollout(report.windows, report.model, frames);
  const scaleMax = attentionScaleMax(report.windows);
  const picture = translucentOverlay(attention, scaleMax, documentColumns, opacity);
  return { ref: embedTranslucent(document, picture), scaleMax };
}

function embedTranslucent(document: PDFDocument, picture: TranslucentPicture): PDFRef {
  const { context } = document;
  const shape = {
    Type: 'XObject',
    Subtype: 'Image',
    Width: picture.width,
    Height: picture.height,
    BitsPerComponent: 8,
  };
  const mask = context.register(context.flateStream(picture.alpha, { ...shape, ColorSpace: 'DeviceGray' }));
  return context.register(
    context.flateStream(picture.rgb, { ...shape, ColorSpace: 'DeviceRGB', SMask: mask }),
  );
}

/** Null where the bytes are no picture: they may come from an archive that anybody wrote. */
async function embedThumbnail(document: PDFDocument, png: Uint8Array): Promise<PDFRef | null> {
  try {
    const image = await document.embedPng(png);
    await image.embed();
    return image.ref;
  } catch {
    return null;
  }
}

const channels = (color: string): [number, number, number] => {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
};

function drawPage(
  page: PDFPage,
  items: readonly DocumentItem[],
  {
    font,
    pictures,
    pages,
  }: {
    readonly font: PDFFont;
    readonly pictures: readonly EmbeddedPictures[];
    readonly pages: readonly PDFPage[];
  },
): void {
  for (const item of items) {
    switch (item.kind) {
      case 'text':
        page.drawText(item.text, {
          x: item.x,
          y: pageHeight - item.y,
          size: item.size,
          font,
          color: rgb(...channels(item.color)),
        });
        break;
      case 'rects': {
        const operators: PDFOperator[] = [pushGraphicsState(), setFillingRgbColor(...channels(item.color))];
        for (const [x, y, width, height] of item.rects)
          operators.push(rectangle(x, pageHeight - y - height, width, height));
        page.pushOperators(...operators, fill(), popGraphicsState());
        break;
      }
      case 'picture': {
        const picture = pictures[item.result];
        const ref = item.source === 'overlay' ? picture?.overlay?.ref : picture?.[item.source];
        if (ref === undefined || ref === null) break;
        const name = page.node.newXObject(item.source, ref);
        page.pushOperators(
          pushGraphicsState(),
          concatTransformationMatrix(
            item.width,
            0,
            0,
            item.height,
            item.x,
            pageHeight - item.y - item.height,
          ),
          drawObject(name),
          popGraphicsState(),
        );
        break;
      }
      case 'link': {
        const target = pages[item.page];
        if (target === undefined) break;
        const { context } = page.doc;
        page.node.addAnnot(
          context.register(
            context.obj({
              Type: 'Annot',
              Subtype: 'Link',
              Rect: [item.x, pageHeight - item.y - item.height, item.x + item.width, pageHeight - item.y],
              Border: [0, 0, 0],
              Dest: [target.ref, 'Fit'],
            }),
          ),
        );
        break;
      }
    }
  }
}

function describe(document: PDFDocument, scene: DocumentScene): void {
  const time = new Date(scene.createdAt);
  document.setTitle(scene.title, { showInWindowTitleBar: true });
  document.setAuthor(scene.author);
  document.setCreator(scene.author);
  document.setProducer(scene.author);
  document.setCreationDate(time);
  document.setModificationDate(time);
  document.setLanguage(scene.language);
}

/** The outline (bookmarks) at the side of the document, one entry a page that has a name. */
function outline(document: PDFDocument, scene: DocumentScene, pages: readonly PDFPage[]): void {
  const { context } = document;
  const root = context.nextRef();
  const entries = scene.pages.flatMap(({ bookmark }, at) =>
    bookmark === null ? [] : [{ bookmark, page: pages[at]!, ref: context.nextRef() }],
  );
  for (const [at, { bookmark, page, ref }] of entries.entries()) {
    const before = entries[at - 1];
    const after = entries[at + 1];
    context.assign(
      ref,
      context.obj({
        Title: PDFHexString.fromText(bookmark),
        Parent: root,
        Dest: [page.ref, 'Fit'],
        ...(before === undefined ? {} : { Prev: before.ref }),
        ...(after === undefined ? {} : { Next: after.ref }),
      }),
    );
  }
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return;
  context.assign(
    root,
    context.obj({ Type: 'Outlines', First: first.ref, Last: last.ref, Count: entries.length }),
  );
  document.catalog.set(PDFName.of('Outlines'), root);
  if (entries.length > 1) document.catalog.set(PDFName.of('PageMode'), PDFName.of('UseOutlines'));
}
