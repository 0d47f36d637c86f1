import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';

/** A logical stream of sound, as its first packet describes it. */
interface SoundStream {
  readonly container: 'ogg-vorbis' | 'ogg-opus';
  readonly sampleRate: number;
  readonly channels: number | null;
  /** Samples at the beginning that are not played. */
  readonly preSkip: number;
}

/** A page can complete at most 255 packets of 8192 samples: a first page that counts more is of a running broadcast. */
const mostSamplesOfPage = 255 * 8192;

/**
 * Ogg (RFC 3533) with Vorbis or Opus (RFC 7845). The length comes from the pages that are there, those of chained streams
 * added up: a truncated file looks like a short one, so it is never a promise. Time linear in the length.
 *
 * Errors: `no-audio-track` for video alone, `unsupported-format` with the codec, `decode-failed` for a rate of 0.
 */
export function readOgg(view: ByteView): Result<AudioHeader, AnalysisError> {
  let found: SoundStream | null = null;
  let other = '';
  let finishedSeconds = 0;
  // the link of the chain that is being read
  let current: SoundStream | null = null;
  let serial = 0;
  let firstGranule: number | null = null;
  let lastGranule = 0;
  const linkSeconds = (): number => {
    if (current === null || firstGranule === null) return 0;
    const start = firstGranule > mostSamplesOfPage ? firstGranule : current.preSkip;
    return Math.max(0, lastGranule - start) / current.sampleRate;
  };
  let isBeginning = false;
  for (const page of pages(view)) {
    if (page.isFirst) {
      // all first pages of a link stand together, before any other page
      if (!isBeginning) {
        finishedSeconds += linkSeconds();
        current = null;
      }
      isBeginning = true;
      if (current !== null) continue;
      current = soundStream(view, page.packet);
      if (current === null) {
        if (other === '') other = otherStream(view, page.packet);
        continue;
      }
      found ??= current;
      serial = page.serial;
      firstGranule = null;
      lastGranule = 0;
    } else {
      isBeginning = false;
      // no sound among the streams: nothing to count
      if (found === null) break;
      // pages of headers count 0; all ones: no packet ends on this page
      if (page.serial !== serial || page.granule <= 0 || page.granule >= 2 ** 63) continue;
      firstGranule ??= page.granule;
      lastGranule = page.granule;
    }
  }
  if (found === null) return err(nothingToHear(other));
  const { container, sampleRate, channels } = found;
  if (sampleRate === 0) return err(analysisError('decode-failed', 'the Vorbis header has no sample rate'));
  const seconds = finishedSeconds + linkSeconds();
  return ok({
    container,
    sampleRate: hertz(sampleRate),
    channels,
    durationSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : null,
    durationIsExact: false,
  });
}

interface OggPage {
  readonly isFirst: boolean;
  readonly granule: number;
  readonly serial: number;
  /** Where the page's packets begin. */
  readonly packet: number;
}

/** All pages, those behind damage too. */
function* pages(view: ByteView): Generator<OggPage> {
  let offset = 0;
  while (offset + 27 <= view.length) {
    if (!view.is(offset, 'OggS')) {
      const next = view.bytes.indexOf(0x4f, offset + 1);
      if (next < 0) return;
      offset = next;
      continue;
    }
    const segments = view.u8(offset + 26);
    const packet = offset + 27 + segments;
    yield {
      isFirst: (view.u8(offset + 5) & 2) !== 0,
      granule: view.u64(offset + 6, true),
      serial: view.u32(offset + 14, true),
      packet,
    };
    let body = 0;
    for (let i = 0; i < segments; i++) body += view.u8(offset + 27 + i);
    offset = packet + body;
  }
}

function soundStream(view: ByteView, packet: number): SoundStream | null {
  if (view.is(packet, '\u0001vorbis')) {
    const sampleRate = view.u32(packet + 12, true);
    return { container: 'ogg-vorbis', sampleRate, channels: view.u8(packet + 11) || null, preSkip: 0 };
  }
  if (view.is(packet, 'OpusHead')) {
    const channels = view.u8(packet + 9) || null;
    // whatever was recorded, Opus decodes at 48 kHz
    return { container: 'ogg-opus', sampleRate: 48_000, channels, preSkip: view.u16(packet + 10, true) };
  }
  return null;
}

function otherStream(view: ByteView, packet: number): string {
  if (view.is(packet, '\u0080theora')) return 'theora video';
  if (view.is(packet, 'Speex')) return 'speex';
  if (view.is(packet, '\u007fFLAC')) return 'flac in ogg';
  return '';
}

function nothingToHear(other: string): AnalysisError {
  if (other === 'theora video')
    return analysisError('no-audio-track', 'the Ogg file holds video without sound');
  const found = other === '' ? 'ogg' : other;
  return analysisError(
    'unsupported-format',
    `an Ogg file with ${other === '' ? 'an unknown stream' : other}`,
    {
      found,
    },
  );
}
