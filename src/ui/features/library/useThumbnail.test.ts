import { afterEach, describe, expect, it, vi } from 'vitest';
import { ThumbnailCache } from '#ui/features/library/useThumbnail.ts';

const png = (): Promise<Uint8Array<ArrayBuffer>> => Promise.resolve(new Uint8Array([0x89, 0x50]));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the cache of small pictures', () => {
  it('holds no more than it may, and lets the least lately used one go', async () => {
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    const cache = new ThumbnailCache({ thumbnail: png }, 3);
    const first = await cache.load('a');
    await cache.load('b');
    await cache.load('c');
    expect(cache.held('a'), 'a use').toBe(first);
    await cache.load('d');
    expect(cache.size).toBe(3);
    expect(cache.held('b')).toBeNull();
    expect(cache.held('a')).toBe(first);
    expect(revoked).toHaveBeenCalledTimes(1);
  });

  it('asks the library once, however many rows wait', async () => {
    const thumbnail = vi.fn(png);
    const cache = new ThumbnailCache({ thumbnail });
    const [one, other] = await Promise.all([cache.load('a'), cache.load('a')]);
    expect(one).toBe(other);
    await cache.load('a');
    expect(thumbnail).toHaveBeenCalledTimes(1);
  });

  it('keeps asking for a picture that was not there yet', async () => {
    const thumbnail = vi.fn(() => Promise.resolve(null));
    const cache = new ThumbnailCache({ thumbnail });
    expect(await cache.load('a')).toBeNull();
    expect(await cache.load('a')).toBeNull();
    expect(thumbnail).toHaveBeenCalledTimes(2);
    expect(cache.size).toBe(0);
  });
});
