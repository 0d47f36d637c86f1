import { describe, expect, it } from 'vitest';
import type { SpectrogramTile } from '#core/dsp/spectrogram.ts';
import { readPngText, reportKeyword } from '#core/report/pngText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';
import { composePicture, pictureFileName } from '#platform/pictureExport.ts';

const patches = 196;
const report: AnalysisReport = {
  schemaVersion: 2,
  program: { name: 'AcousticSense AI', version: '0.1.0' },
  createdAt: '2026-01-02T03:04:05.000Z',
  file: {
    name: '<script>爵士</script> '.repeat(20),
    bytes: 1,
    sha256: 'ab'.repeat(32),
    container: 'wav',
    sampleRate: 44_100,
    channels: 2,
    durationSeconds: 10.4,
    headerDurationSeconds: 10.4,
  },
  model: {
    id: 'test-model',
    version: '1.0.0',
    sha256: 'cd'.repeat(32),
    labels: [
      { id: 'Jazz', en: 'Jazz', zh: '爵士', experimental: false },
      { id: 'Folk', en: 'Folk', zh: '民谣', experimental: true },
    ],
    frontEnd: testFrontEnd,
    temperature: 1,
    patchSize: 16,
    imageSize: 224,
  },
  backend: {
    kind: 'wasm',
    threads: 2,
    precision: 'int8',
    device: 'WebAssembly',
    attempts: [],
  },
  track: {
    predictions: [
      { genre: 'Jazz', probability: 0.875 },
      { genre: 'Folk', probability: 0.125 },
    ],
    agreement: 1,
    vote: [{ genre: 'Jazz', windows: 1 }],
  },
  windows: [
    {
      index: 0,
      startFrame: 0,
      startSeconds: 0,
      endSeconds: 10.4,
      silent: false,
      noise: false,
      predictions: [
        { genre: 'Jazz', probability: 0.875 },
        { genre: 'Folk', probability: 0.125 },
      ],
      // All attention on the patch of the lowest bands and the first frames.
      rollout: Array.from({ length: patches }, (_, index) => (index === 0 ? 1 : 0)),
    },
  ],
  descriptors: null,
  warnings: [{ code: 'shorter-than-header', details: { headerSeconds: 20, decodedSeconds: 10.4 } }],
  timings: {
    readMs: 1,
    hashMs: 1,
    decodeMs: 1,
    resampleMs: 1,
    melMs: 1,
    pictureMs: 1,
    modelWaitMs: 0,
    inferenceMs: 1,
    firstPredictionMs: 1,
    totalMs: 7,
  },
};

const red: SpectrogramTile = {
  firstFrame: 0,
  width: 224,
  height: 224,
  rgba: Uint8ClampedArray.from({ length: 224 * 224 * 4 }, (_, index) => [200, 0, 0, 255][index % 4] ?? 0),
};

async function pixels(png: Uint8Array<ArrayBuffer>): Promise<(x: number, y: number) => number[]> {
  const bitmap = await createImageBitmap(new Blob([png], { type: 'image/png' }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  // Coordinates of the card are CSS pixels, the picture has two device pixels for each.
  return (x, y) => Array.from(context.getImageData(x * 2, y * 2, 1, 1).data);
}

describe('archive picture', () => {
  it('carries the whole report, letter by letter', async () => {
    const picture = await composePicture(report, { nFrames: 224 }, [red], {
      language: 'zh',
      overlayOpacity: 0.5,
      theme: 'dark',
    });
    expect(picture.ok).toBe(true);
    if (!picture.ok) return;
    const text = readPngText(picture.value, reportKeyword);
    expect(text.ok && text.value !== null ? (JSON.parse(text.value) as unknown) : null).toEqual(report);
  });

  it('paints the spectrogram, and the overlay where the attention is: first frames, lowest bands', async () => {
    const picture = await composePicture(report, { nFrames: 224 }, [red], {
      language: 'en',
      overlayOpacity: 1,
      theme: 'light',
    });
    if (!picture.ok) throw new Error(picture.error.message);
    const at = await pixels(picture.value);
    // The plot is 980 x 560 at (104, 150): a patch is 70 x 40 of it.
    expect(at(104 + 500, 150 + 300)).toEqual([200, 0, 0, 255]);
    expect(at(104 + 10, 150 + 10)).toEqual([200, 0, 0, 255]);
    const attended = at(104 + 10, 150 + 560 - 10);
    expect(attended[1]).toBeGreaterThan(200);
    expect(at(104 + 75, 150 + 560 - 10)).toEqual([200, 0, 0, 255]);
    expect(at(104 + 10, 150 + 560 - 45)).toEqual([200, 0, 0, 255]);
  });

  it('without overlay the spectrogram is bare', async () => {
    const picture = await composePicture(report, { nFrames: 224 }, [red], {
      language: 'en',
      overlayOpacity: 0,
      theme: 'light',
    });
    if (!picture.ok) throw new Error(picture.error.message);
    const at = await pixels(picture.value);
    expect(at(104 + 10, 150 + 560 - 10)).toEqual([200, 0, 0, 255]);
  });
});

it('the name of the picture keeps the song and loses what file systems refuse', () => {
  expect(pictureFileName('爵士/..\\a:b?.mp3')).toBe('爵士_.._a_b_.mp3.acousticsense.png');
  expect(pictureFileName('x'.repeat(5000)).length).toBeLessThan(150);
  expect(pictureFileName('')).toBe('untitled.acousticsense.png');
});
