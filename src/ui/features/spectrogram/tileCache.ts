/** One painted tile. */
interface CachedTile {
  readonly canvas: HTMLCanvasElement;
  readonly bytes: number;
}

/**
 * Painted tiles, the ones used last kept up to a number of bytes. The bound comes from the size of the view, so that two
 * hours need no more than two minutes.
 */
export class TileCache {
  // A map keeps the order of insertion: what is read is put back at the end, so the first is the one unused longest.
  readonly #tiles = new Map<string, CachedTile>();
  #bytes = 0;
  #limitBytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  setLimit(bytes: number): void {
    this.#limitBytes = bytes;
    this.#evict();
  }

  get(key: string): HTMLCanvasElement | null {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return null;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile.canvas;
  }

  put(key: string, canvas: HTMLCanvasElement): void {
    const bytes = canvas.width * canvas.height * 4;
    this.#tiles.set(key, { canvas, bytes });
    this.#bytes += bytes;
    this.#evict();
  }

  clear(): void {
    for (const { canvas } of this.#tiles.values()) canvas.width = 0;
    this.#tiles.clear();
    this.#bytes = 0;
  }

  #evict(): void {
    for (const [key, tile] of this.#tiles) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#tiles.delete(key);
      this.#bytes -= tile.bytes;
      // Frees the pixels now and not at some garbage collection.
      tile.canvas.width = 0;
    }
  }
}
