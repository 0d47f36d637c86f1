import { PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream, decodePDFRawStream } from '@cantoo/pdf-lib';

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** What a code of the embedded font means, from its ToUnicode map: the way viewers find, copy and read aloud. */
function unicodeOf(map: string): ReadonlyMap<string, string> {
  const meaning = new Map<string, string>();
  for (const [, code, text] of map.matchAll(/<([0-9a-f]{4})>\s*<([0-9a-f]+)>/giu))
    meaning.set(
      code!.toLowerCase(),
      String.fromCharCode(...(text!.match(/.{4}/gu) ?? []).map((unit) => Number.parseInt(unit, 16))),
    );
  return meaning;
}

const decode = (stream: unknown): string =>
  stream instanceof PDFRawStream ? latin1(decodePDFRawStream(stream).decode()) : '';

/** The texts of each page of a PDF as they were drawn, one entry a text. */
export async function readPdfText(bytes: Uint8Array): Promise<string[][]> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  const { context } = document;
  return document.getPages().map((page) => {
    const fonts = page.node.Resources()?.lookup(PDFName.of('Font'), PDFDict);
    const [font] = fonts?.values() ?? [];
    const dictionary = context.lookup(font, PDFDict);
    const meaning = unicodeOf(decode(dictionary.lookup(PDFName.of('ToUnicode'))));
    const contents = page.node.Contents();
    const streams =
      contents instanceof PDFArray ? contents.asArray().map((ref) => context.lookup(ref)) : [contents];
    return streams
      .map(decode)
      .flatMap((content) => [...content.matchAll(/<([0-9a-f]*)>\s*Tj/giu)])
      .map(([, codes]) =>
        (codes!.match(/.{4}/gu) ?? []).map((code) => meaning.get(code.toLowerCase())).join(''),
      );
  });
}
