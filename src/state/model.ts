import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { HostNotice, HostNoticeCode, ModelLoadProgress, ModelLoadSummary } from '#core/model/loading.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import type { ModelPort } from '#core/pipeline/ports.ts';
import { err, type Result } from '#core/result.ts';
import type { ModelLoaderPort } from '#state/ports.ts';

export type ModelPhase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly progress: ModelLoadProgress }
  | { readonly kind: 'ready'; readonly summary: ModelLoadSummary }
  | { readonly kind: 'failed'; readonly error: AnalysisError };

/** What the address of the page may force. */
export interface BackendChoice {
  readonly forcedBackend?: 'webgpu' | 'wasm';
  readonly threads?: number;
}

export interface ModelState {
  readonly modelId: string;
  /** Ids that can be chosen; at least the current one. */
  readonly available: readonly string[];
  readonly choice: BackendChoice;
  /** Known as soon as the manifest is, long before the weights. */
  readonly manifest: ModelManifest | null;
  readonly phase: ModelPhase;
  readonly notices: readonly HostNotice[];
  readonly dismissed: readonly HostNoticeCode[];
}

export type ModelStore = StoreApi<ModelState>;

export function createModelStore(modelId: string, choice: BackendChoice): ModelStore {
  return createStore<ModelState>(() => ({
    modelId,
    available: [modelId],
    choice,
    manifest: null,
    phase: { kind: 'idle' },
    notices: [],
    dismissed: [],
  }));
}

/** Adds a notice once; a second one of the same code brings the newer detail. */
export function withNotice(state: ModelState, notice: HostNotice): ModelState {
  return { ...state, notices: [...state.notices.filter((known) => known.code !== notice.code), notice] };
}

export interface ModelSession {
  /** The model, opened if it is not yet; a failure is tried again at the next call. */
  port(): Promise<Result<ModelPort, AnalysisError>>;
  /** Starts the weights as well, so that the engine is warm when a file comes. */
  warmUp(): Promise<void>;
  /** Uses another model from now on. */
  change(modelId: string): void;
  /** Forgets a failed engine, so that the next job loads it anew. */
  forgetFailure(): void;
}

/**
 * Keeps the store in step with the loader. Each opening has a number; reports from an opening that was given up are
 * dropped.
 */
export function createModelSession(store: ModelStore, loader: ModelLoaderPort): ModelSession {
  let opening = 0;
  let opened: Promise<Result<ModelPort, AnalysisError>> | null = null;

  const open = async (): Promise<Result<ModelPort, AnalysisError>> => {
    const mine = ++opening;
    const update = (change: (state: ModelState) => ModelState): void => {
      if (mine === opening) store.setState(change);
    };
    const { modelId, choice } = store.getState();
    update((state) => ({ ...state, phase: { kind: 'loading', progress: { stage: 'manifest' } } }));
    const fail = (error: AnalysisError): void => {
      if (mine !== opening) return;
      opened = null;
      update((state) => ({ ...state, phase: { kind: 'failed', error } }));
    };
    let result: Result<ModelPort, AnalysisError>;
    try {
      result = await loader.open(modelId, {
        ...choice,
        onProgress: (progress) => update((state) => ({ ...state, phase: { kind: 'loading', progress } })),
        onReady: (summary) => update((state) => ({ ...state, phase: { kind: 'ready', summary } })),
        onNotice: (notice) => update((state) => withNotice(state, notice)),
      });
    } catch (thrown) {
      result = err(analysisError('internal', String(thrown)));
    }
    if (!result.ok) {
      fail(result.error);
      return result;
    }
    const model = result.value;
    update((state) => ({ ...state, manifest: model.manifest }));
    return {
      ok: true,
      value: {
        manifest: model.manifest,
        engine: async () => {
          const engine = await model.engine();
          if (!engine.ok) fail(engine.error);
          return engine;
        },
      },
    };
  };

  const session: ModelSession = {
    port: () => (opened ??= open()),
    warmUp: async () => {
      const port = await session.port();
      if (port.ok) await port.value.engine();
    },
    change: (modelId) => {
      opening += 1;
      opened = null;
      store.setState({ modelId, manifest: null, phase: { kind: 'idle' }, notices: [], dismissed: [] });
    },
    forgetFailure: () => {
      if (store.getState().phase.kind === 'failed') opened = null;
    },
  };
  return session;
}
