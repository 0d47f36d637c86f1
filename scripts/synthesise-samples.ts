/**
 * Writes the sample sounds that the page offers: public/samples/*.wav and index.json. They are composed and synthesised
 * here, from a seed, so they are free of anyone's rights and the same on every machine.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeWav16 } from '#core/audio/wavFile.ts';
import { sampleRate } from './synthesis/instruments.ts';
import { pieces, pieceSeconds } from './synthesis/pieces.ts';

const usage = `usage: npm run samples:build [-- --check]
Synthesises the sample sounds into public/samples (mono 16-bit WAV, ${sampleRate} Hz, ${pieceSeconds} s each).
  --check  write nothing; exit 1 where a committed file differs from what would be written`;

const folder = join(import.meta.dirname, '..', 'public', 'samples');
const known = new Set(['--check', '--help']);
const unknown = process.argv.slice(2).filter((argument) => !known.has(argument));
if (unknown.length > 0) {
  console.error(`unknown argument: ${unknown.join(' ')}\n${usage}`);
  process.exit(2);
}
if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}

const outputs = new Map<string, Uint8Array>();
for (const piece of pieces) outputs.set(piece.file, encodeWav16([piece.compose()], sampleRate));
const index = pieces.map(({ file, title }) => ({ file, title, seconds: pieceSeconds }));
outputs.set('index.json', new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`));

function committed(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

let differing = 0;
mkdirSync(folder, { recursive: true });
for (const [file, bytes] of outputs) {
  const path = join(folder, file);
  const before = committed(path);
  const same = before !== null && Buffer.compare(before, bytes) === 0;
  if (process.argv.includes('--check')) {
    console.log(`${same ? 'same     ' : 'DIFFERENT'}  ${file}`);
    if (!same) differing += 1;
  } else {
    writeFileSync(path, bytes);
    console.log(`${file}  ${bytes.length} bytes${same ? ' (unchanged)' : ''}`);
  }
}
process.exitCode = differing > 0 ? 1 : 0;
