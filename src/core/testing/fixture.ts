import { readFileSync } from 'node:fs';

/** A committed reference file (made with PyTorch, torchvision, librosa and soxr), for tests in Node. */
export const fixtureBytes = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));

/** A committed array of raw little-endian float32. */
export const fixtureFloat32 = (name: string): Float32Array<ArrayBuffer> =>
  new Float32Array(fixtureBytes(name).buffer);
