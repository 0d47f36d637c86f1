import type { FrontEnd, ModelInput, VitArchitecture } from '#core/model/manifest.ts';
import { createBilinearResize } from '#core/model/resizeBilinear.ts';
import { colormaps } from '#core/render/colormaps.ts';

/** Decibels of one window, row-major [nMels x windowFrames], row 0 the lowest band, to float32 [C x H x W], row-major, fresh each time. */
export type MakeModelInput = (windowDb: Float32Array) => Float32Array<ArrayBuffer>;

/**
 * How a window of decibels (10 log10 of the mel power, any reference) becomes the input of the network; what can be computed once is.
 *
 * - `log-mel`: (clip((dB - maximum + topDb) / topDb, 0, 1) - mean) / std; row 0 is the lowest band, column 0 the earliest frame.
 * - `magma-picture`: the window drawn as librosa's `specshow` does (0.11, matplotlib's default figure), see `drawMagmaPicture`, then as torchvision
 *   reads it: resized to the image size, RGB / 255, (x - mean) / std. Row 0 is the top of the picture: the highest band.
 *
 * The manifest must have passed `parseManifest`. Throws where a window has another size: that is a bug of the caller.
 */
export function createModelInput(frontEnd: FrontEnd, architecture: VitArchitecture): MakeModelInput {
  const { input } = frontEnd;
  const values = frontEnd.nMels * frontEnd.windowFrames;
  const make =
    input.kind === 'log-mel'
      ? logMelInput(frontEnd, input)
      : magmaPictureInput(frontEnd, input, architecture.imageSize);
  return (windowDb) => {
    if (windowDb.length !== values) throw new Error(`a window of ${windowDb.length} values, not ${values}`);
    return make(windowDb);
  };
}

function maximum(values: Float32Array): number {
  let highest = -Infinity;
  for (const value of values) if (value > highest) highest = value;
  return highest;
}

function logMelInput({ topDb }: FrontEnd, { mean, std }: ModelInput): MakeModelInput {
  return (windowDb) => {
    const highest = maximum(windowDb);
    const result = new Float32Array(windowDb.length);
    for (let i = 0; i < windowDb.length; i++) {
      const x = Math.min(1, Math.max(0, (windowDb[i]! - highest + topDb) / topDb));
      result[i] = (x - mean[0]!) / std[0]!;
    }
    return result;
  };
}

function magmaPictureInput(
  frontEnd: FrontEnd,
  { rasterWidth, rasterHeight, mean, std }: Extract<ModelInput, { kind: 'magma-picture' }>,
  imageSize: number,
): MakeModelInput {
  const raster = { width: rasterWidth, height: rasterHeight };
  const resize = createBilinearResize(
    Math.floor(rasterWidth),
    Math.floor(rasterHeight),
    imageSize,
    imageSize,
  );
  const pixels = imageSize * imageSize;
  return (windowDb) => {
    const rgb = resize(drawMagmaPicture(windowDb, frontEnd, raster));
    const result = new Float32Array(3 * pixels);
    for (let channel = 0; channel < 3; channel++)
      for (let i = 0; i < pixels; i++)
        result[channel * pixels + i] = (rgb[i * 3 + channel]! / 255 - mean[channel]!) / std[channel]!;
    return result;
  };
}

/**
 * A window drawn as `librosa.display.specshow(power_to_db(S, ref=np.max))` saves it (librosa 0.11; checked to the bit with
 * matplotlib 3.6): decibels under the maximum, at most topDb, spread over the magma map from the window's own minimum to
 * its maximum; every band and frame a cell of the same size, nearest cell at each pixel's centre, low frequencies at the bottom.
 * Matplotlib's default figure leaves 496 x 369.6 pixels to the picture and saves the whole ones, cut at the top.
 *
 * @returns row-major RGB, floor(raster.height) x floor(raster.width) x 3 bytes; row 0 the top
 */
export function drawMagmaPicture(
  windowDb: Float32Array,
  { nMels, windowFrames, topDb }: Pick<FrontEnd, 'nMels' | 'windowFrames' | 'topDb'>,
  raster: { readonly width: number; readonly height: number },
): Uint8Array<ArrayBuffer> {
  const highest = maximum(windowDb);
  // In float32 step by step, as numpy and matplotlib compute it: the entry of the map depends on the last bit.
  const relative = windowDb.map((db) => Math.max(Math.fround(db - highest), -topDb));
  let lowest = 0;
  for (const db of relative) if (db < lowest) lowest = db;
  const range = Math.fround(-lowest);
  const entries = new Uint8Array(relative.length);
  if (range > 0)
    for (let i = 0; i < entries.length; i++) {
      const t = Math.fround(Math.fround(relative[i]! - lowest) / range);
      entries[i] = Math.min(255, Math.floor(t * 256));
    }

  const width = Math.floor(raster.width);
  const height = Math.floor(raster.height);
  const frames = Int32Array.from({ length: width }, (_, x) => cellAt(x, windowFrames, raster.width));
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = cellAt(height - 1 - y, nMels, raster.height) * windowFrames;
    for (let x = 0; x < width; x++) {
      const entry = entries[row + frames[x]!]! * 3;
      const pixel = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++) rgb[pixel + channel] = colormaps.magma[entry + channel]!;
    }
  }
  return rgb;
}

/** The cell under the centre of a pixel, of `cells` over `length` pixels. The margin decides centres that fall on an edge as exact arithmetic does. */
const cellAt = (pixel: number, cells: number, length: number): number =>
  Math.floor(((pixel + 0.5) * cells) / length + 1e-9);
