import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelLoadProgress } from '#core/model/loading.ts';
import type { ModelStoreHost, WeightsRequest } from '#platform/modelStore.ts';
import { createModelStore } from '#platform/modelStore.ts';
import { sha256Hex } from '#platform/sha256.ts';
import type { WeightsStorage } from '#platform/weightsStorage.ts';
import { cacheStorage, opfsStorage } from '#platform/weightsStorage.ts';

const cacheName = 'test-weights';
const folderName = 'test-weights';

/** Real OPFS, in a folder of the test's own. */
const testFolder = async (): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true });
const storages: Record<'opfs' | 'cache', () => WeightsStorage> = {
  opfs: () => opfsStorage(testFolder),
  cache: () => cacheStorage(caches, cacheName),
};

async function clean(): Promise<void> {
  await caches.delete(cacheName);
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(folderName, { recursive: true }).catch(() => undefined);
}
beforeEach(clean);
afterEach(clean);

const content = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 31) % 251);

async function requestFor(bytes: Uint8Array<ArrayBuffer>, modelId = 'tiny'): Promise<WeightsRequest> {
  const sha256 = await sha256Hex(bytes);
  return { modelId, url: '/weights', weights: { bytes: bytes.length, sha256 } };
}

/** A server that sends these bytes in pieces of 100 000, and counts how often it is asked. */
function serving(bytes: Uint8Array<ArrayBuffer>, using: readonly WeightsStorage[]) {
  let requests = 0;
  const host: ModelStoreHost = {
    fetch: () => {
      requests += 1;
      let sent = 0;
      return Promise.resolve(
        new Response(
          new ReadableStream({
            pull(controller) {
              if (sent >= bytes.length) {
                controller.close();
                return;
              }
              controller.enqueue(bytes.slice(sent, sent + 100_000));
              sent += 100_000;
            },
          }),
        ),
      );
    },
    storages: using,
    online: () => true,
    nowMs: () => performance.now(),
  };
  return { host, requests: () => requests };
}

const ignore = (): void => undefined;

describe.each(['opfs', 'cache'] as const)('weights in %s', (kind) => {
  it('are downloaded once, with progress, and read on the second visit', async () => {
    const server = serving(content, [storages[kind]()]);
    const request = await requestFor(content);
    const progress: ModelLoadProgress[] = [];
    const first = await createModelStore(server.host).weights(request, (event) => progress.push(event));
    if (!first.ok) throw new Error(first.error.message);
    expect(first.value).toMatchObject({ fromCache: false, storeDetail: '' });
    expect(first.value.stored).toBe(kind === 'opfs' ? 'opfs' : 'cache-storage');
    expect(progress[0]).toEqual({ stage: 'download', loadedBytes: 0, totalBytes: 700_000 });
    expect(progress.filter(({ stage }) => stage === 'download').at(-1)).toMatchObject({
      loadedBytes: 700_000,
    });
    expect(progress.at(-1)).toEqual({ stage: 'verify' });

    const second = await createModelStore(server.host).weights(request, ignore);
    if (!second.ok) throw new Error(second.error.message);
    expect(second.value.fromCache).toBe(true);
    expect(await sha256Hex(new Uint8Array(second.value.data))).toBe(request.weights.sha256);
    expect(server.requests()).toBe(1);
  });

  it('that were altered on the way are refused, and nothing is kept', async () => {
    const altered = content.slice();
    altered[123_456] = (altered[123_456] ?? 0) ^ 1;
    const storage = storages[kind]();
    const request = await requestFor(content);
    const refused = await createModelStore(serving(altered, [storage]).host).weights(request, ignore);
    expect(!refused.ok && refused.error.code).toBe('model-altered');
    expect(await storage.read('tiny', request.weights.sha256, content.length)).toBeNull();
  });

  it('of another length are downloaded again', async () => {
    const storage = storages[kind]();
    const request = await requestFor(content);
    await storage.write('tiny', request.weights.sha256, content.slice(0, 1000));
    const server = serving(content, [storage]);
    const answer = await createModelStore(server.host).weights(request, ignore);
    expect(answer.ok && answer.value.fromCache).toBe(false);
    expect(server.requests()).toBe(1);
  });

  it('of an old version make room for the new one; other models stay', async () => {
    const storage = storages[kind]();
    const newer = content.map((value) => value ^ 255);
    await storage.write('tiny', 'old', content);
    await storage.write('other', 'old', content);
    await createModelStore(serving(newer, [storage]).host).weights(await requestFor(newer), ignore);
    expect(await storage.read('tiny', 'old', content.length)).toBeNull();
    expect(await storage.read('other', 'old', content.length)).not.toBeNull();
  });

  it('written by two tabs at once are whole', async () => {
    const request = await requestFor(content);
    const answers = await Promise.all(
      [0, 1].map(() => createModelStore(serving(content, [storages[kind]()]).host).weights(request, ignore)),
    );
    expect(answers.every(({ ok }) => ok)).toBe(true);
    const stored = await storages[kind]().read('tiny', request.weights.sha256, content.length);
    expect(await sha256Hex(new Uint8Array(stored ?? []))).toBe(request.weights.sha256);
  });
});

const failing = (kind: WeightsStorage['kind'], name: string): WeightsStorage => ({
  kind,
  read: () => Promise.reject(new DOMException('no', name)),
  write: () => Promise.reject(new DOMException('no', name)),
  remove: () => Promise.resolve(),
});

describe('a store without room', () => {
  it('takes the next storage where the first is denied', async () => {
    const server = serving(content, [failing('opfs', 'SecurityError'), storages.cache()]);
    const answer = await createModelStore(server.host).weights(await requestFor(content), ignore);
    expect(answer.ok && answer.value.stored).toBe('cache-storage');
  });

  it.each([
    ['SecurityError', 'denied'],
    ['QuotaExceededError', 'quota'],
  ])('works without storing (%s), says why, and asks the server once a visit', async (name, reason) => {
    const server = serving(content, [failing('opfs', name), failing('cache-storage', name)]);
    const store = createModelStore(server.host);
    const request = await requestFor(content);
    const answer = await store.weights(request, ignore);
    if (!answer.ok) throw new Error(answer.error.message);
    expect(answer.value.stored).toBe('not-stored');
    expect(answer.value.storeDetail).toContain(reason);
    const again = await store.weights(request, ignore);
    if (!again.ok) throw new Error(again.error.message);
    expect(await sha256Hex(new Uint8Array(again.value.data))).toBe(request.weights.sha256);
    expect(server.requests()).toBe(1);
  });
});

const hostWith = (fetch: ModelStoreHost['fetch'], online = true): ModelStoreHost => ({
  fetch,
  storages: [],
  online: () => online,
  nowMs: () => 0,
});
const failureOf = async (from: ModelStoreHost) => {
  const answer = await createModelStore(from).weights(await requestFor(content), ignore);
  return answer.ok ? null : answer.error;
};

describe('a download that fails', () => {
  it('is told by what went wrong', async () => {
    const status = (code: number) => hostWith(() => Promise.resolve(new Response('', { status: code })));
    expect((await failureOf(status(404)))?.code).toBe('model-missing');
    expect((await failureOf(status(500)))?.code).toBe('model-download-failed');
    const page = new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } });
    expect((await failureOf(hostWith(() => Promise.resolve(page))))?.code).toBe('model-missing');
    const offline = await failureOf(hostWith(() => Promise.reject(new TypeError('Failed to fetch')), false));
    expect(offline).toMatchObject({ code: 'model-download-failed', details: { offline: 'yes' } });
  });

  it('refuses files that are too short or too long, the latter before they end', async () => {
    expect((await failureOf(serving(content.slice(0, 500_000), []).host))?.code).toBe('model-altered');
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(100_000));
      },
    });
    expect((await failureOf(hostWith(() => Promise.resolve(new Response(endless)))))?.code).toBe(
      'model-altered',
    );
  });
});
