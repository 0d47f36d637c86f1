import type { ByteView } from '#core/audio/containers/bytes.ts';

export interface Box {
  readonly type: string;
  /** First byte after the box's own header. */
  readonly start: number;
  readonly end: number;
}

/** Boxes looked at on one level: three hours in fragments of two seconds have 11 000. More is damaged or hostile. */
const maxBoxes = 65_536;

/** The boxes between two offsets (ISO 14496-12, 4.2). Stops at the first one that does not fit. */
export function* boxes(view: ByteView, from: number, to: number): Generator<Box> {
  let offset = from;
  for (let count = 0; count < maxBoxes && offset + 8 <= to; count++) {
    const size32 = view.u32(offset);
    const header = size32 === 1 ? 16 : 8;
    const size = size32 === 1 ? view.u64(offset + 8) : size32 === 0 ? to - offset : size32;
    if (size < header) return;
    yield { type: view.text(offset + 4, 4), start: offset + header, end: Math.min(to, offset + size) };
    offset += size;
  }
}

/** The first box at the end of a path of types, each the first of its kind inside the one before it. */
export function find(view: ByteView, from: number, to: number, path: readonly string[]): Box | null {
  let at: Box = { type: '', start: from, end: to };
  for (const type of path) {
    let next: Box | null = null;
    for (const box of boxes(view, at.start, at.end)) {
      if (box.type !== type) continue;
      next = box;
      break;
    }
    if (next === null) return null;
    at = next;
  }
  return at;
}

/** A number that is 64 bits wide in version 1 of its box and 32 bits in version 0; null for 0 and all ones, "unknown". */
export function knownNumber(view: ByteView, box: Box, offset0: number, offset1: number): number | null {
  const isLong = view.u8(box.start) === 1;
  const value = isLong ? view.u64(box.start + offset1) : view.u32(box.start + offset0);
  return value > 0 && value < (isLong ? 2 ** 63 : 0xffffffff) ? value : null;
}
