import { expect, it } from 'vitest';
import { overlayColor, renderOverlayTiles } from '#core/render/overlay.ts';

const attention = (rows: number, nFrames: number, at: (row: number, frame: number) => number) => ({
  rows,
  nFrames,
  values: Float32Array.from({ length: rows * nFrames }, (_, index) =>
    at(Math.floor(index / nFrames), index % nFrames),
  ),
});

it('no attention is transparent, more attention is more opaque', () => {
  expect(overlayColor(0)[3]).toBe(0);
  for (let t = 0.05; t <= 1; t += 0.05) expect(overlayColor(t)[3]).toBeGreaterThan(overlayColor(t - 0.05)[3]);
  expect(overlayColor(1)[3]).toBe(255);
  expect(overlayColor(7)).toEqual(overlayColor(1));
});

it('low frequencies are at the bottom and columns are frames', () => {
  const [tile] = renderOverlayTiles(
    attention(2, 3, (row, frame) => (row === 0 && frame === 2 ? 4 : 0)),
    {
      scaleMax: 4,
    },
  );
  expect(tile).toMatchObject({ firstFrame: 0, width: 3, height: 2 });
  const opaque = Array.from({ length: 6 }, (_, pixel) => tile?.rgba[pixel * 4 + 3]);
  expect(opaque).toEqual([0, 0, 0, 0, 0, 255]);
});

it('tiles side by side are the same pixels as one tile', () => {
  const map = attention(14, 2500, (row, frame) => (row * 7 + frame * 13) % 5);
  const [whole] = renderOverlayTiles(map, { scaleMax: 5, maxTileFrames: 4096 });
  const tiles = renderOverlayTiles(map, { scaleMax: 5 });
  expect(tiles.map((tile) => tile.width)).toEqual([1024, 1024, 452]);
  for (const tile of tiles)
    for (let row = 0; row < 14; row++) {
      const from = (row * 2500 + tile.firstFrame) * 4;
      expect(tile.rgba.subarray(row * tile.width * 4, (row + 1) * tile.width * 4)).toEqual(
        whole?.rgba.subarray(from, from + tile.width * 4),
      );
    }
});
