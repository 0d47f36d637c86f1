import { ByteView } from '#core/audio/containers/bytes.ts';
import { readFlac } from '#core/audio/containers/flac.ts';
import { readMp4 } from '#core/audio/containers/mp4.ts';
import { afterId3, readAdts, readMp3 } from '#core/audio/containers/mpeg.ts';
import { readOgg } from '#core/audio/containers/ogg.ts';
import { readWav } from '#core/audio/containers/wav.ts';
import { readWebm } from '#core/audio/containers/webm.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';

/**
 * What a file is and what it promises, from its bytes alone: neither the name nor the browser's guess is looked at. Reads
 * headers only (ADTS, which has none, frame by frame), never throws, and takes time linear in the length at most.
 *
 * Errors: `empty-file`; `unsupported-format` with `found`, what it looks like; `no-audio-track` for video without sound;
 * `no-samples` for a WAV without data; `decode-failed` for a container whose index is missing or that no decoder can play.
 */
export function sniffAudio(bytes: Uint8Array): Result<AudioHeader, AnalysisError> {
  if (bytes.length === 0) return err(analysisError('empty-file', 'the file has no bytes'));
  const view = new ByteView(bytes);
  const found = plausible(read(view));
  return (
    found ?? err(analysisError('unsupported-format', 'no known audio container', { found: looksLike(view) }))
  );
}

function read(view: ByteView): Result<AudioHeader, AnalysisError> | null {
  if ((view.is(0, 'RIFF') || view.is(0, 'RF64') || view.is(0, 'BW64')) && view.is(8, 'WAVE'))
    return readWav(view);
  if (view.is(0, 'OggS')) return readOgg(view);
  if (view.is(4, 'ftyp')) return readMp4(view);
  if (view.u32(0) === 0x1a45dfa3) return readWebm(view);
  const start = afterId3(view);
  const header = view.is(start, 'fLaC')
    ? readFlac(view, start)
    : (readAdts(view, start) ?? readMp3(view, start));
  return header === null ? null : ok(header);
}

/** Rates outside this range are damage: Web Audio decodes from 3 to 768 kHz. */
const rateRange = { lowest: 3000, highest: 768_000 } as const;
/** As many as Web Audio takes. */
const mostChannels = 32;

function plausible(
  found: Result<AudioHeader, AnalysisError> | null,
): Result<AudioHeader, AnalysisError> | null {
  if (found?.ok !== true) return found;
  const { sampleRate, channels } = found.value;
  if (!(sampleRate >= rateRange.lowest && sampleRate <= rateRange.highest))
    return err(analysisError('decode-failed', `a sample rate of ${sampleRate} Hz`));
  if (channels !== null && channels > mostChannels)
    return err(analysisError('decode-failed', `${channels} channels`));
  return found;
}

const signatures: readonly (readonly [offset: number, text: string, name: string])[] = [
  [8, 'AIFF', 'aiff'],
  [8, 'AIFC', 'aiff'],
  [8, 'AVI ', 'avi'],
  [0, '.snd', 'au'],
  [0, 'caff', 'caf'],
  [0, '\u0030\u0026\u00b2\u0075', 'wma'],
  [0, 'MThd', 'midi'],
  [0, 'PK\u0003\u0004', 'zip'],
  [0, '%PDF', 'pdf'],
  [0, '\u0089PNG', 'png'],
  [0, '\u00ff\u00d8\u00ff', 'jpeg'],
  [0, 'GIF8', 'gif'],
  [0, 'MAC ', 'ape'],
  [0, 'wvpk', 'wavpack'],
  [0, 'FLV', 'flv'],
  [0, '#!AMR', 'amr'],
  [0, 'Rar!', 'rar'],
  [0, '7z\u00bc\u00af', '7z'],
  [0, '\u001f\u008b', 'gzip'],
];

/** A short name of what these bytes look like, for the message. */
function looksLike(view: ByteView): string {
  for (const [offset, text, name] of signatures) if (view.is(offset, text)) return name;
  if (view.u8(0) === 0x47 && view.u8(188) === 0x47) return 'mpeg-ts';
  const head = view.text(0, 512).toLowerCase();
  if (head.trimStart().startsWith('<!doctype html') || head.includes('<html')) return 'html';
  for (let i = 0; i < head.length; i++) {
    const code = head.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32)) return 'unknown';
  }
  return 'text';
}
