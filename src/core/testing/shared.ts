import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Recordings and references that are not part of the project: beside the checkout, or where ACOUSTICSENSE_SHARED says.
 * A test that wants one skips visibly where it is absent.
 */
const sharedFolder =
  process.env.ACOUSTICSENSE_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));

export const sharedPath = (name: string): string => `${sharedFolder}/${name}`;

export const hasShared = (name: string): boolean => existsSync(sharedPath(name));

/** Raw little-endian float32. */
export const sharedFloat32 = (name: string): Float32Array<ArrayBuffer> =>
  new Float32Array(new Uint8Array(readFileSync(sharedPath(name))).buffer);
