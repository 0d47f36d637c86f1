import { crc32, deflateSync, inflateSync } from 'node:zlib';

/**
 * Pictures of the page are for reading, not for measuring: 256 colours show them as well, in a third of the bytes.
 */

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel, row by row from the top. */
  readonly rgb: Uint8Array;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function* chunksOf(png: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = signature.length; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const toLeft = Math.abs(guess - left);
  const toUp = Math.abs(guess - up);
  const toCorner = Math.abs(guess - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** Reads what browsers write: 8 bits, RGB or RGBA, not interlaced; transparency is dropped. */
export function readPng(png: Buffer): Pixels {
  if (!png.subarray(0, 8).equals(signature)) throw new Error('not a PNG');
  const parts: Buffer[] = [];
  let header: Buffer = Buffer.alloc(0);
  for (const { type, data } of chunksOf(png)) {
    if (type === 'IHDR') header = data;
    if (type === 'IDAT') parts.push(data);
  }
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const [depth, colour, , , interlaced] = header.subarray(8);
  const step = colour === 6 ? 4 : 3;
  if (depth !== 8 || (colour !== 2 && colour !== 6) || interlaced !== 0)
    throw new Error(`not a picture of a page: depth ${depth}, colour type ${colour}`);
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * step;
  const lines = Buffer.alloc(stride * height);
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)] ?? 0;
    const from = row * (stride + 1) + 1;
    const to = row * stride;
    for (let at = 0; at < stride; at += 1) {
      const left = at < step ? 0 : (lines[to + at - step] ?? 0);
      const up = row === 0 ? 0 : (lines[to + at - stride] ?? 0);
      const corner = at < step || row === 0 ? 0 : (lines[to + at - stride - step] ?? 0);
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      const value = ((raw[from + at] ?? 0) + predicted) & 255;
      lines[to + at] = value;
      if (at % step < 3) rgb[(row * width + Math.floor(at / step)) * 3 + (at % step)] = value;
    }
  }
  return { width, height, rgb };
}

/** A box of colours of the median cut; colours are 0xRRGGBB. */
interface Box {
  readonly colours: readonly number[];
  readonly channel: number;
  /** The next one to be cut has the largest. */
  readonly weight: number;
}

const channelOf = (colour: number, channel: number): number => (colour >> (16 - 8 * channel)) & 255;

function boxOf(colours: readonly number[], counts: ReadonlyMap<number, number>): Box {
  const sides = [0, 1, 2].map((channel) => {
    let low = 255;
    let high = 0;
    for (const colour of colours) {
      const value = channelOf(colour, channel);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return high - low;
  });
  const longest = Math.max(...sides);
  const pixels = colours.reduce((sum, colour) => sum + (counts.get(colour) ?? 0), 0);
  // The logarithm keeps the wide areas of one tint from taking the colours of the small marks.
  return { colours, channel: sides.indexOf(longest), weight: longest * Math.log2(1 + pixels) };
}

function halves({ colours, channel }: Box, counts: ReadonlyMap<number, number>): [number[], number[]] {
  const sorted = colours.toSorted((a, b) => channelOf(a, channel) - channelOf(b, channel));
  const half = sorted.reduce((sum, colour) => sum + (counts.get(colour) ?? 0), 0) / 2;
  let seen = 0;
  let at = 0;
  while (at < sorted.length - 1 && (at === 0 || seen < half)) {
    seen += counts.get(sorted[at] ?? 0) ?? 0;
    at += 1;
  }
  return [sorted.slice(0, at), sorted.slice(at)];
}

/** Median cut: at most 256 colours, and the place of each colour of the picture among them. */
function palette(counts: ReadonlyMap<number, number>): {
  readonly colours: readonly number[];
  readonly placeOf: ReadonlyMap<number, number>;
} {
  const boxes = [boxOf([...counts.keys()], counts)];
  while (boxes.length < 256) {
    const next = boxes.reduce((best, box) => (box.weight > best.weight ? box : best));
    if (next.weight === 0) break;
    const cut = halves(next, counts).map((colours) => boxOf(colours, counts));
    boxes.splice(boxes.indexOf(next), 1, ...cut);
  }
  const placeOf = new Map<number, number>();
  const colours = boxes.map((box, place) => {
    const sums = [0, 0, 0];
    let pixels = 0;
    for (const colour of box.colours) {
      placeOf.set(colour, place);
      const count = counts.get(colour) ?? 0;
      pixels += count;
      for (const channel of [0, 1, 2])
        sums[channel] = (sums[channel] ?? 0) + count * channelOf(colour, channel);
    }
    const mean = sums.map((sum) => Math.round(sum / pixels));
    // The commonest colour of a box is kept as it is where it is most of it: paper stays paper.
    const commonest = box.colours.reduce((a, b) => ((counts.get(b) ?? 0) > (counts.get(a) ?? 0) ? b : a));
    if ((counts.get(commonest) ?? 0) * 2 > pixels) return commonest;
    return ((mean[0] ?? 0) << 16) | ((mean[1] ?? 0) << 8) | (mean[2] ?? 0);
  });
  return { colours, placeOf };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The same picture in at most 256 colours. The same picture gives the same bytes. */
export function palettePng(png: Buffer): Buffer {
  const { width, height, rgb } = readPng(png);
  const counts = new Map<number, number>();
  const pixels = new Int32Array(width * height);
  for (let at = 0; at < pixels.length; at += 1) {
    const colour = ((rgb[at * 3] ?? 0) << 16) | ((rgb[at * 3 + 1] ?? 0) << 8) | (rgb[at * 3 + 2] ?? 0);
    pixels[at] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const { colours, placeOf } = palette(counts);
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1)
      rows[row * (width + 1) + 1 + column] = placeOf.get(pixels[row * width + column] ?? 0) ?? 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const entries = Buffer.from(colours.flatMap((colour) => [0, 1, 2].map((c) => channelOf(colour, c))));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', entries),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
