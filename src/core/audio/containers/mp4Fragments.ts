import type { ByteView } from '#core/audio/containers/bytes.ts';
import { type Box, boxes, find } from '#core/audio/containers/mp4Boxes.ts';

/**
 * Time from the beginning of a track's first fragment to the end of its last (ISO 14496-12, 8.8), in units of the track's
 * time scale; null where it has none. A piece of a broadcast does not begin at 0.
 *
 * @param trackId The track, as its `tkhd` box numbers it.
 */
export function fragmentsLength(view: ByteView, moov: Box, trackId: number): number | null {
  const usual = usualDuration(view, moov, trackId);
  let begin: number | null = null;
  let end = 0;
  for (const moof of boxes(view, 0, view.length)) {
    if (moof.type !== 'moof') continue;
    for (const traf of boxes(view, moof.start, moof.end)) {
      if (traf.type !== 'traf') continue;
      const header = find(view, traf.start, traf.end, ['tfhd']);
      if (header === null || view.u32(header.start + 4) !== trackId) continue;
      const base = find(view, traf.start, traf.end, ['tfdt']);
      const from =
        base === null ? end : view.u8(base.start) === 1 ? view.u64(base.start + 4) : view.u32(base.start + 4);
      const length = runsLength(view, traf, fragmentDuration(view, header) ?? usual);
      if (from >= 2 ** 53) continue;
      begin ??= from;
      end = Math.max(end, from + length);
    }
  }
  return begin === null ? null : end - begin;
}

/** What one sample lasts where neither its fragment nor its run says it (`trex`). */
function usualDuration(view: ByteView, moov: Box, trackId: number): number {
  const mvex = find(view, moov.start, moov.end, ['mvex']);
  if (mvex === null) return 0;
  for (const box of boxes(view, mvex.start, mvex.end)) {
    if (box.type === 'trex' && view.u32(box.start + 4) === trackId) return view.u32(box.start + 12);
  }
  return 0;
}

function fragmentDuration(view: ByteView, header: Box): number | null {
  const flags = view.u32(header.start) & 0xffffff;
  if ((flags & 0x08) === 0) return null;
  // a data offset and the index of a description may stand before it
  return view.u32(header.start + 8 + ((flags & 0x01) !== 0 ? 8 : 0) + ((flags & 0x02) !== 0 ? 4 : 0));
}

function runsLength(view: ByteView, traf: Box, each: number): number {
  let length = 0;
  for (const run of boxes(view, traf.start, traf.end)) {
    if (run.type !== 'trun') continue;
    const flags = view.u32(run.start) & 0xffffff;
    const count = view.u32(run.start + 4);
    if ((flags & 0x100) === 0) {
      length += count * each;
      continue;
    }
    let offset = run.start + 8 + ((flags & 0x01) !== 0 ? 4 : 0) + ((flags & 0x04) !== 0 ? 4 : 0);
    // a duration, and of size, flags and offset of each sample those that are marked
    const stride = 4 * (1 + [0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length);
    for (let i = 0; i < count && offset + 4 <= run.end; i++, offset += stride) length += view.u32(offset);
  }
  return length;
}
