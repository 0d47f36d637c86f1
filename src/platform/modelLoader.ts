import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { BackendKind } from '#core/model/engine.ts';
import type { HostNotice, ModelLoadProgress, ModelLoadSummary } from '#core/model/loading.ts';
import type { GoldenRecord, ModelManifest } from '#core/model/manifest.ts';
import { parseGolden, parseManifest } from '#core/model/parseManifest.ts';
import type { ModelPort } from '#core/pipeline/ports.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';
import type { HostFacts } from '#platform/capabilities.ts';
import { backendCandidates, detectHost, hostNotices } from '#platform/capabilities.ts';
import type { InferenceClient } from '#platform/inferenceClient.ts';
import { startInferenceClient } from '#platform/inferenceClient.ts';
import { createEngine } from '#platform/modelEngine.ts';
import type { ModelStore } from '#platform/modelStore.ts';
import { createModelStore } from '#platform/modelStore.ts';
import { keepForOffline } from '#platform/offline.ts';

/** Same shape as the state's `OpenModelOptions`. */
export interface ModelLoaderOptions {
  readonly forcedBackend?: Extract<BackendKind, 'webgpu' | 'wasm'>;
  readonly threads?: number;
  onProgress(progress: ModelLoadProgress): void;
  onReady(summary: ModelLoadSummary): void;
  onNotice(notice: HostNotice): void;
}

export interface ModelLoader {
  /**
   * Fetches and validates `models/<modelId>/manifest.json`. Errors: `model-missing`, `model-download-failed`,
   * `model-invalid`. The engine's own: those of the store and of the backends. One model at a time: the worker of the
   * model opened before is ended, and a window still asked of it answers `cancelled`.
   */
  open(modelId: string, options: ModelLoaderOptions): Promise<Result<ModelPort, AnalysisError>>;
}

/** What the loader needs of the browser; tests put fakes here. */
export interface ModelLoaderHost {
  /** Address of the folder that holds `models/`, with a slash at its end. */
  readonly baseUrl: string;
  fetch(url: string): Promise<Response>;
  readonly store: ModelStore;
  detect(): Promise<HostFacts>;
  spawn(): InferenceClient;
  /** A model runs: keep what it needs for a visit without a network. */
  keep(kind: BackendKind, urls: readonly string[]): void;
  online(): boolean;
  nowMs(): number;
}

export function browserLoaderHost(): ModelLoaderHost {
  return {
    baseUrl: import.meta.env.BASE_URL,
    fetch: (url) => fetch(url),
    store: createModelStore(),
    detect: () => detectHost(),
    spawn: startInferenceClient,
    keep: (kind, urls) => {
      void keepForOffline(kind, urls);
    },
    online: () => navigator.onLine,
    nowMs: () => performance.now(),
  };
}

export function createModelLoader(host: ModelLoaderHost = browserLoaderHost()): ModelLoader {
  let current: { closed: boolean; clients: InferenceClient[] } = { closed: false, clients: [] };

  return {
    async open(modelId, options) {
      current.closed = true;
      for (const client of current.clients) client.terminate();
      const mine: typeof current = { closed: false, clients: [] };
      current = mine;
      if (!/^[\w.-]+$/.test(modelId) || modelId.startsWith('.')) {
        return err(analysisError('model-missing', `${modelId} is not a model's name`, { model: modelId }));
      }
      const folder = `${host.baseUrl}models/${modelId}/`;
      const manifestUrl = `${folder}manifest.json`;
      const goldenUrl = `${folder}golden.json`;
      const startMs = host.nowMs();
      options.onProgress({ stage: 'manifest' });
      const json = await fetchJson(host, manifestUrl, modelId);
      if (!json.ok) {
        if (!host.online()) options.onNotice({ code: 'offline', detail: json.error.message });
        return json;
      }
      const parsed = parseManifest(json.value);
      if (!parsed.ok) return parsed;
      const manifest = parsed.value;
      const manifestMs = host.nowMs() - startMs;

      const noticed = new Set<string>();
      const noticeOnce = (notice: HostNotice): void => {
        if (noticed.has(notice.code)) return;
        noticed.add(notice.code);
        options.onNotice(notice);
      };
      const engine = createEngine({
        manifest,
        allowSoftwareAdapter: options.forcedBackend === 'webgpu',
        async candidates() {
          const facts = await host.detect();
          for (const notice of hostNotices(facts, options)) noticeOnce(notice);
          return backendCandidates(facts, manifest.weights, options);
        },
        golden: () => fetchGolden(host, goldenUrl, modelId, manifest),
        async weights() {
          if (mine.closed) return err(analysisError('cancelled', 'another model was opened'));
          const { file, bytes, sha256 } = manifest.weights;
          const request = { modelId, url: folder + file, weights: { bytes, sha256 } };
          const answer = await host.store.weights(request, (progress) => {
            options.onProgress(progress);
          });
          if (answer.ok && answer.value.stored === 'not-stored') {
            noticeOnce({ code: 'not-stored', detail: answer.value.storeDetail });
          }
          return answer;
        },
        spawn: () => {
          const client = host.spawn();
          mine.clients.push(client);
          return client;
        },
        onSession: () => {
          options.onProgress({ stage: 'session' });
        },
        onReady: (summary) => {
          host.keep(summary.backend.kind, [`${host.baseUrl}models/index.json`, manifestUrl, goldenUrl]);
          options.onReady({ ...summary, timings: { manifestMs, ...summary.timings } });
        },
        onLost: (detail) => {
          options.onNotice({ code: 'webgpu-lost', detail });
        },
      });
      return ok({ manifest, engine });
    },
  };
}

async function fetchGolden(
  host: ModelLoaderHost,
  url: string,
  modelId: string,
  manifest: ModelManifest,
): Promise<Result<GoldenRecord, AnalysisError>> {
  const json = await fetchJson(host, url, modelId);
  if (!json.ok) return json;
  return parseGolden(json.value, manifest);
}

async function fetchJson(
  host: ModelLoaderHost,
  url: string,
  modelId: string,
): Promise<Result<unknown, AnalysisError>> {
  try {
    const response = await host.fetch(url);
    // Hosts of single-page apps answer a missing file with their page.
    const isPage = response.headers.get('content-type')?.startsWith('text/html') ?? false;
    if (response.status === 404 || response.status === 410 || (response.ok && isPage)) {
      return err(analysisError('model-missing', `${url} is not on the server`, { model: modelId }));
    }
    if (!response.ok) {
      return err(
        analysisError('model-download-failed', `${url}: HTTP ${response.status}`, { model: modelId }),
      );
    }
    const text = await response.text();
    try {
      return ok(JSON.parse(text));
    } catch (cause) {
      return err(analysisError('model-invalid', `${url}: ${String(cause)}`, { model: modelId }));
    }
  } catch (cause) {
    return err(
      analysisError('model-download-failed', `${url}: ${String(cause)}`, {
        model: modelId,
        offline: host.online() ? 'no' : 'yes',
      }),
    );
  }
}
