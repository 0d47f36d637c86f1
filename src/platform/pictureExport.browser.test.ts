import { describe, expect, it } from 'vitest';
import type { Review } from '#core/library/record.ts';
import { noReview } from '#core/library/record.ts';
import { cardPlaces } from '#core/render/card.ts';
import { buildSpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { insertPngText, readPngText, reportKeyword } from '#core/report/pngText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';
import { composePicture, pictureFileName, type PictureLook } from '#platform/pictureExport.ts';
import { reopenPicture } from '#platform/reopenPicture.ts';

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

/** One level everywhere but in one band: a flat picture of one colour with a line. */
const flat = buildSpectrogramPyramid({
  values: Float32Array.from({ length: 224 * 224 }, (_, at) => (Math.floor(at / 224) === 223 ? 0 : -40)),
  nMels: 224,
  nFrames: 224,
});

const review: Review = {
  verdict: { kind: 'corrected', genre: 'Folk' },
  note: 'Zither & “Gesang”\n第二段',
  tags: ['live'],
  reviewedAt: '2026-02-03T04:05:06.000Z',
};

const look: PictureLook = { language: 'en', theme: 'light', scale: 2, overlayOpacity: 0.5 };

async function compose(
  change: Partial<PictureLook> = {},
  content: { readonly report?: AnalysisReport; readonly review?: Review } = {},
): Promise<File> {
  const composed = await composePicture(
    { report, review: noReview, picture: flat, ...content },
    { ...look, ...change },
  );
  if (!composed.ok) throw new Error(composed.error.message);
  return new File([composed.value.png], composed.value.fileName, { type: 'image/png' });
}

const bytesOf = async (file: Blob): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await file.arrayBuffer());

async function pixels(file: Blob, scale: number): Promise<(x: number, y: number) => number[]> {
  const bitmap = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  // Coordinates of the card are CSS pixels.
  return (x, y) => Array.from(context.getImageData(x * scale, y * scale, 1, 1).data);
}

describe('archive picture', () => {
  it('two runs give the same bytes, in every size, theme and language', async () => {
    for (const change of [{ scale: 1 }, { scale: 2, theme: 'dark' }, { scale: 2, language: 'zh' }] as const) {
      const first = await bytesOf(await compose(change, { review }));
      const second = await bytesOf(await compose(change, { review }));
      expect(second).toEqual(first);
    }
  });

  it('is 1600 pixels wide at 1x, twice that at 2x', async () => {
    const [one, two] = await Promise.all(
      ([1, 2] as const).map(async (scale) => createImageBitmap(await compose({ scale }))),
    );
    expect(one?.width).toBe(1600);
    expect([two?.width, two?.height]).toEqual([3200, one!.height * 2]);
  });

  it('carries the whole report, letter by letter, and gives it back with the verdict', async () => {
    const file = await compose({ language: 'zh', theme: 'dark' }, { review });
    const text = readPngText(await bytesOf(file), reportKeyword);
    expect(text.ok && text.value !== null ? (JSON.parse(text.value) as unknown) : null).toEqual(report);
    const reopened = await reopenPicture(file);
    if (!reopened.ok) throw new Error(reopened.error.message);
    expect(reopened.value.report).toEqual(report);
    expect(reopened.value.review).toEqual(review);
    expect(reopened.value.address).toMatch(/^blob:/);
    expect(reopened.value.thumbnail?.length).toBeGreaterThan(100);
  });

  it('a reopened result gives the same bytes again', async () => {
    const file = await compose({}, { review });
    const reopened = await reopenPicture(file);
    if (!reopened.ok) throw new Error(reopened.error.message);
    expect(await bytesOf(await compose({}, reopened.value))).toEqual(await bytesOf(file));
  });

  it('paints the spectrogram, and the overlay where the attention is: first frames, lowest bands', async () => {
    const bare = await pixels(await compose({ overlayOpacity: 0 }), 2);
    const covered = await pixels(await compose({ overlayOpacity: 1 }), 2);
    const { x, y, width, height } = cardPlaces.plot;
    const patch = { width: width / 14, height: height / 14 };
    const middle = bare(x + width / 2, y + height / 2);
    // 40 dB of 80 under the maximum: the middle of magma.
    expect(middle).toEqual(bare(x + 5, y + height - 5));
    expect(middle[0]).toBeGreaterThan(150);
    const attended = covered(x + 10, y + height - 10);
    expect(attended[1]).toBeGreaterThan(200);
    expect(covered(x + patch.width + 5, y + height - 10)).toEqual(middle);
    expect(covered(x + 10, y + height - patch.height - 5)).toEqual(middle);
    // The loudest band is the highest, at the top.
    expect(bare(x + width / 2, y + 1)[0]).toBeGreaterThan(240);
  });

  it('paints the ribbon over the time of the spectrogram', async () => {
    const at = await pixels(await compose(), 2);
    const { x, y, width, height } = cardPlaces.ribbon;
    // Jazz, 0.875 of the height, from the bottom; Folk over it.
    expect(at(x + width - 20, y + height - 4)).toEqual([0x26, 0x3e, 0x8a, 255]);
    const folk = at(x + width - 20, y + 3);
    expect(folk[0]).toBeGreaterThan(folk[2]! + 50);
  });

  it('says so where the font cannot be loaded, and works again when it can', async () => {
    const failed = await composePicture(
      { report, review: noReview, picture: flat },
      look,
      '/no-such-font.ttf',
    );
    expect(failed).toMatchObject({ ok: false, error: { code: 'font-missing' } });
    expect((await compose()).size).toBeGreaterThan(10_000);
  });
});

const bare = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const canvas = new OffscreenCanvas(4, 4);
  canvas.getContext('2d');
  return bytesOf(await canvas.convertToBlob({ type: 'image/png' }));
};

const codeOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  const reopened = await reopenPicture(new File([bytes], 'x.png', { type: 'image/png' }));
  return reopened.ok ? 'ok' : reopened.error.code;
};

const withReport = async (json: string): Promise<string> =>
  codeOf(insertPngText(await bare(), reportKeyword, json));

describe('pictures that are not ours', () => {
  it('a picture without our chunk, and no picture at all', async () => {
    expect(await codeOf(await bare())).toBe('not-our-picture');
    expect(await codeOf(new Uint8Array([1, 2, 3]))).toBe('not-our-picture');
    expect(await codeOf(new Uint8Array(0))).toBe('empty-file');
  });

  it('a truncated one and one with a changed byte', async () => {
    const good = await bytesOf(await compose({ scale: 1 }));
    expect(await codeOf(good.slice(0, good.length - 2000))).toBe('picture-damaged');
    const changed = good.slice();
    changed[changed.length - 600]! ^= 1;
    expect(await codeOf(changed)).toBe('picture-damaged');
  });

  it('hostile JSON is refused in words, not with an exception', async () => {
    expect(await withReport('null')).toBe('report-invalid');
    expect(await withReport('{"schemaVersion":2')).toBe('report-invalid');
    expect(await withReport(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toBe('report-invalid');
    expect(await withReport(JSON.stringify({ ...report, schemaVersion: 99 }))).toBe('report-too-new');
    expect(await withReport(JSON.stringify(report).replace('0.875', 'NaN'))).toBe('report-invalid');
    expect(await withReport(JSON.stringify(report).replace('0.875', '1e999'))).toBe('report-invalid');
    expect(
      await withReport(JSON.stringify(report).replace('"model":{', '"model":{"__proto__":{"x":1},')),
    ).toBe('report-invalid');
    expect('x' in {}).toBe(false);
  });

  it('a hostile review is refused as well', async () => {
    const png = insertPngText(await bare(), reportKeyword, JSON.stringify(report));
    expect(await codeOf(insertPngText(png, 'acousticsense.review', '{"verdict":'))).toBe('picture-damaged');
    expect(
      await codeOf(
        insertPngText(
          png,
          'acousticsense.review',
          JSON.stringify({ ...review, verdict: { kind: 'corrected', genre: 'Polka' } }),
        ),
      ),
    ).toBe('report-invalid');
  });

  it('whole numbers in damaged pixels are reopened without the picture', async () => {
    const png = await bare();
    png[Math.floor(png.length * 0.6)]! ^= 0xff;
    const file = new File([insertPngText(png, reportKeyword, JSON.stringify(report))], 'x.png');
    const reopened = await reopenPicture(file);
    if (!reopened.ok) throw new Error(reopened.error.message);
    expect(reopened.value.report).toEqual(report);
    expect(reopened.value.address).toBeNull();
    expect(reopened.value.review).toEqual(noReview);
  });
});

it('the name of the picture keeps the song and loses what file systems refuse', () => {
  expect(pictureFileName('爵士/..\\a:b?.mp3')).toBe('爵士_.._a_b_.mp3.acousticsense.png');
  expect(pictureFileName('x'.repeat(5000)).length).toBeLessThan(150);
  expect(pictureFileName('')).toBe('untitled.acousticsense.png');
});
