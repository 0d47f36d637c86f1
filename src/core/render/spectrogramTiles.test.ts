import { describe, expect, it } from 'vitest';
import type { LogMelSpectrogram, SpectrogramTile } from '#core/dsp/spectrogram.ts';
import { colormaps } from '#core/render/colormaps.ts';
import { renderSpectrogramTiles } from '#core/render/spectrogramTiles.ts';

const track = (nMels: number, nFrames: number, db: (band: number, frame: number) => number) =>
  ({
    values: Float32Array.from({ length: nMels * nFrames }, (_, i) =>
      db(Math.floor(i / nFrames), i % nFrames),
    ),
    nMels,
    nFrames,
  }) satisfies LogMelSpectrogram;

const drawAtLevel = (gain: number): SpectrogramTile[] =>
  renderSpectrogramTiles(
    track(3, 50, (band, frame) => gain - ((band * 7 + frame) % 64)),
    { colormap: 'magma', topDb: 80 },
  );

describe('renderSpectrogramTiles', () => {
  it('puts the lowest band at the bottom and the first frame at the left', () => {
    const [tile] = renderSpectrogramTiles(
      track(4, 3, (band, frame) => (band === 0 && frame === 2 ? 0 : -200)),
      { colormap: 'grey', topDb: 80 },
    );
    const grey = Array.from({ length: 12 }, (_, pixel) => tile!.rgba[4 * pixel]);
    expect(grey).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255]);
    expect(tile).toMatchObject({ firstFrame: 0, width: 3, height: 4 });
  });

  it('maps the range under the maximum onto the table, opaque', () => {
    // Steps of 80 / 256 dB from the top: entries 255, 255, 254, ... at the middle of a step.
    const step = 80 / 256;
    const [tile] = renderSpectrogramTiles(
      track(1, 257, (_, frame) => (frame === 256 ? -33 : -33 - (frame + 0.5) * step)),
      { colormap: 'magma', topDb: 80 },
    );
    for (let frame = 0; frame < 256; frame += 1) {
      const entry = 255 - frame;
      expect([...tile!.rgba.subarray(4 * frame, 4 * frame + 4)]).toEqual([
        ...colormaps.magma.subarray(3 * entry, 3 * entry + 3),
        255,
      ]);
    }
  });

  it('cuts a long track into tiles that together are the untiled picture', () => {
    const long = track(5, 2500, (band, frame) => -((band * 37 + frame * 11) % 97));
    const tiles = renderSpectrogramTiles(long, { colormap: 'viridis', topDb: 80 });
    expect(tiles.map((tile) => [tile.firstFrame, tile.width])).toEqual([
      [0, 1024],
      [1024, 1024],
      [2048, 452],
    ]);
    const [whole] = renderSpectrogramTiles(long, {
      colormap: 'viridis',
      topDb: 80,
      maxTileFrames: 2500,
    });
    for (const tile of tiles) {
      for (let row = 0; row < 5; row += 1) {
        const from = 4 * (row * 2500 + tile.firstFrame);
        expect(tile.rgba.subarray(4 * row * tile.width, 4 * (row + 1) * tile.width)).toEqual(
          whole!.rgba.subarray(from, from + 4 * tile.width),
        );
      }
    }
  });

  it.each([
    ['all floor', track(3, 7, () => -100), {}],
    ['all under the level of silence', track(3, 7, (band) => -75 - band), { silenceDb: -70 }],
  ])('draws a track that is %s dark', (_, silent, extra) => {
    const [tile] = renderSpectrogramTiles(silent, { colormap: 'grey', topDb: 80, ...extra });
    for (let i = 0; i < 21; i += 1) expect(tile!.rgba[4 * i]).toBe(0);
  });

  it('does not depend on the level of the whole track', () => {
    expect(drawAtLevel(-32)).toEqual(drawAtLevel(16));
  });
});
