import { readFileSync } from 'node:fs';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import type { AnalysisError } from '#core/errors.ts';
import { audioFixturePath } from '../../../e2e/fixtures/audio/index.ts';

/** A committed sound file, as its bytes. */
export const read = (file: string): Uint8Array => new Uint8Array(readFileSync(audioFixturePath(file)));

/** The header of bytes that must have one. */
export function header(bytes: Uint8Array): AudioHeader {
  const found = sniffAudio(bytes);
  if (!found.ok) throw new Error(`${found.error.code}: ${found.error.message}`);
  return found.value;
}

/** Why bytes have no header; null where they have one. */
export function failure(bytes: Uint8Array): AnalysisError | null {
  const found = sniffAudio(bytes);
  return found.ok ? null : found.error;
}
