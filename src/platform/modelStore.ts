import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { ModelLoadProgress } from '#core/model/loading.ts';
import type { WeightsFile } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';
import { sha256Hex } from '#platform/sha256.ts';
import type { WeightsStorage } from '#platform/weightsStorage.ts';
import { cacheStorage, nameOf, opfsStorage } from '#platform/weightsStorage.ts';

export interface WeightsRequest {
  readonly modelId: string;
  readonly url: string;
  readonly weights: Pick<WeightsFile, 'bytes' | 'sha256'>;
}

export interface WeightsAnswer {
  /** The caller may transfer it. */
  readonly data: ArrayBuffer;
  /** True where nothing was downloaded. */
  readonly fromCache: boolean;
  readonly stored: 'opfs' | 'cache-storage' | 'not-stored';
  /** Why the weights were not stored; empty otherwise. */
  readonly storeDetail: string;
  readonly weightsMs: number;
  readonly verifyMs: number;
}

/** Weights by their SHA-256: from this machine where they are, else downloaded, verified once and stored. */
export interface ModelStore {
  /**
   * Memory: one buffer of the file's size (the browser's hash copies it once more for a moment). Errors:
   * `model-missing` (not on the server), `model-download-failed` (network; `details.offline` is 'yes' without one),
   * `model-altered` (length or hash differ; nothing is kept).
   */
  weights(
    request: WeightsRequest,
    onProgress: (progress: ModelLoadProgress) => void,
  ): Promise<Result<WeightsAnswer, AnalysisError>>;
}

/** What the store needs of its host; tests put fakes here. */
export interface ModelStoreHost {
  readonly fetch: (url: string) => Promise<Response>;
  /** In order of preference. */
  readonly storages: readonly WeightsStorage[];
  readonly online: () => boolean;
  readonly nowMs: () => number;
}

/** This browser's fetch and storages: OPFS, then Cache Storage; none on plain http. */
export function browserStoreHost(): ModelStoreHost {
  const storages: WeightsStorage[] = [];
  const { storage } = navigator as Partial<Navigator>;
  if (typeof storage?.getDirectory === 'function') storages.push(opfsStorage());
  if ('caches' in globalThis) storages.push(cacheStorage(caches));
  return {
    // The weights have a store of their own: the HTTP cache would only keep them twice.
    fetch: (url) => fetch(url, { cache: 'no-store' }),
    storages,
    online: () => navigator.onLine,
    nowMs: () => performance.now(),
  };
}

export function createModelStore(host: ModelStoreHost = browserStoreHost()): ModelStore {
  /**
   * Weights that could not be stored, for a second engine in this visit. A Blob, because the browser keeps large ones
   * outside the page's memory.
   */
  const unstored = new Map<string, { blob: Blob; detail: string }>();

  return {
    async weights(request, onProgress) {
      const { bytes, sha256 } = request.weights;
      const startMs = host.nowMs();
      const kept = unstored.get(sha256);
      if (kept !== undefined) {
        onProgress({ stage: 'cache', totalBytes: bytes });
        const data = await kept.blob.arrayBuffer();
        return ok({
          data,
          fromCache: true,
          stored: 'not-stored',
          storeDetail: kept.detail,
          weightsMs: host.nowMs() - startMs,
          verifyMs: 0,
        });
      }

      for (const storage of host.storages) {
        const data = await storage.read(request.modelId, sha256, bytes).catch(() => null);
        if (data === null) continue;
        onProgress({ stage: 'cache', totalBytes: bytes });
        const weightsMs = host.nowMs() - startMs;
        return ok({ data, fromCache: true, stored: storage.kind, storeDetail: '', weightsMs, verifyMs: 0 });
      }

      const downloaded = await download(host, request, onProgress);
      if (!downloaded.ok) return downloaded;
      const weightsMs = host.nowMs() - startMs;
      onProgress({ stage: 'verify' });
      const verifyStartMs = host.nowMs();
      const found = await sha256Hex(downloaded.value);
      const verifyMs = host.nowMs() - verifyStartMs;
      if (found !== sha256) {
        return err(
          analysisError('model-altered', `${request.url} has SHA-256 ${found}, its manifest says ${sha256}`, {
            model: request.modelId,
          }),
        );
      }
      const store = await keep(host.storages, request, downloaded.value);
      if (store.stored === 'not-stored') {
        unstored.set(sha256, { blob: new Blob([downloaded.value]), detail: store.storeDetail });
      }
      return ok({ data: downloaded.value.buffer, fromCache: false, ...store, weightsMs, verifyMs });
    },
  };
}

/** Bytes between two progress events: about 340 of them for the largest model that ships. */
const progressStepBytes = 256 * 1024;

/** Streams the file into one buffer of the length that the manifest declares; a longer answer is cut off and refused. */
async function download(
  host: ModelStoreHost,
  { modelId, url, weights }: WeightsRequest,
  onProgress: (progress: ModelLoadProgress) => void,
): Promise<Result<Uint8Array<ArrayBuffer>, AnalysisError>> {
  onProgress({ stage: 'download', loadedBytes: 0, totalBytes: weights.bytes });
  const altered = (found: string): Result<never, AnalysisError> =>
    err(
      analysisError('model-altered', `${url} has ${found} bytes, its manifest says ${weights.bytes}`, {
        model: modelId,
      }),
    );
  let data: Uint8Array<ArrayBuffer>;
  try {
    data = new Uint8Array(weights.bytes);
  } catch (cause) {
    return err(analysisError('out-of-memory', `no ${weights.bytes} bytes for the weights: ${String(cause)}`));
  }
  let loaded = 0;
  try {
    const response = await host.fetch(url);
    // Hosts of single-page apps answer a missing file with their page.
    const isPage = response.headers.get('content-type')?.startsWith('text/html') ?? false;
    if (response.status === 404 || response.status === 410 || (response.ok && isPage)) {
      return err(analysisError('model-missing', `${url} is not on the server`, { model: modelId }));
    }
    if (!response.ok || response.body === null) {
      return err(
        analysisError('model-download-failed', `${url}: HTTP ${response.status}`, { model: modelId }),
      );
    }
    const reader = response.body.getReader();
    let reported = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (loaded + value.length > data.length) {
        await reader.cancel().catch(() => undefined);
        return altered(`more than ${data.length}`);
      }
      data.set(value, loaded);
      loaded += value.length;
      if (loaded - reported >= progressStepBytes || loaded === data.length) {
        reported = loaded;
        onProgress({ stage: 'download', loadedBytes: loaded, totalBytes: data.length });
      }
    }
  } catch (cause) {
    return err(
      analysisError('model-download-failed', `${url} after ${loaded} bytes: ${String(cause)}`, {
        model: modelId,
        offline: host.online() ? 'no' : 'yes',
      }),
    );
  }
  return loaded === data.length ? ok(data) : altered(String(loaded));
}

async function keep(
  storages: readonly WeightsStorage[],
  { modelId, weights }: WeightsRequest,
  data: Uint8Array<ArrayBuffer>,
): Promise<Pick<WeightsAnswer, 'stored' | 'storeDetail'>> {
  const reasons: string[] = [];
  for (const storage of storages) {
    try {
      await storage.write(modelId, weights.sha256, data);
      return { stored: storage.kind, storeDetail: '' };
    } catch (cause) {
      const name = nameOf(cause);
      // All storages of an origin share one quota: where one is full, so are the others.
      if (name === 'QuotaExceededError') {
        return { stored: 'not-stored', storeDetail: `quota: no room for ${weights.bytes} bytes` };
      }
      const denied = name === 'SecurityError' || name === 'NotAllowedError';
      reasons.push(`${storage.kind}: ${denied ? 'denied' : String(cause)}`);
    }
  }
  return {
    stored: 'not-stored',
    storeDetail: reasons.length === 0 ? 'the browser offers no storage here' : reasons.join('; '),
  };
}
