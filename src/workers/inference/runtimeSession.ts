import type { InferenceSession as OrtSession } from 'onnxruntime-web';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { PreparedVit } from '#core/graph/prepareVit.ts';
import type { BackendCandidate, InferenceAsk, InferenceOutput } from '#core/model/engine.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import type { OpenSession } from '#core/model/selectBackend.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

type Runtime = typeof import('onnxruntime-web');

export interface RuntimeOptions {
  /** Accept an adapter that computes on the processor: only where WebGPU was asked for by name. */
  readonly allowSoftwareAdapter: boolean;
}

/** Threads that the WASM runtime of this worker was started with: they are settled for its whole life. */
let startedThreads: number | null = null;

/**
 * Opens a session of onnxruntime-web for a prepared network. Each kind of backend loads its own build, so that a page
 * on WASM never fetches the larger WebGPU one; both come from the page's own origin.
 *
 * `backend-unavailable` where the browser lacks the backend, `out-of-memory`, `internal` with the runtime's message.
 * Runs of the session: `backend-lost` where the GPU device went away or a run on it failed.
 */
export async function openRuntimeSession(
  prepared: PreparedVit,
  manifest: ModelManifest,
  candidate: BackendCandidate,
  options: RuntimeOptions,
): Promise<Result<OpenSession, AnalysisError>> {
  const opened =
    candidate.kind === 'webgpu' ? await openWebGpu(prepared, options) : await openWasm(prepared, candidate);
  if (!opened.ok) return opened;
  const { runtime, session, device, lost } = opened.value;
  const { inputChannels, imageSize } = manifest.architecture;
  const dims = [1, inputChannels, imageSize, imageSize];

  let lostDetail: string | null = null;
  const noteLoss = async (): Promise<void> => {
    lostDetail = await lost;
  };
  void noteLoss();
  const run = async (
    input: Float32Array,
    ask: InferenceAsk,
  ): Promise<Result<InferenceOutput, AnalysisError>> => {
    try {
      const names = ask.classAttention === true ? [...everyRun, 'class_attention'] : everyRun;
      const running = session.run({ input: new runtime.Tensor('float32', input, dims) }, names);
      // A run on a lost device may never end.
      const outputs = await (lost === null ? running : Promise.race([running, lost]));
      if (typeof outputs === 'string') return err(analysisError('backend-lost', outputs));
      if (lostDetail !== null) return err(analysisError('backend-lost', lostDetail));
      return ok({
        logits: floats(outputs, 'logits'),
        rollout: floats(outputs, 'rollout'),
        ...(ask.classAttention === true ? { classAttention: floats(outputs, 'class_attention') } : {}),
      });
    } catch (cause) {
      return err(lost === null ? runtimeError(cause) : analysisError('backend-lost', String(cause)));
    }
  };
  let queue: Promise<unknown> = Promise.resolve();
  return ok({
    device,
    // The runtime takes one run at a time.
    run: (input, ask = {}) => {
      const turn = queue.then(() => run(input, ask));
      queue = turn.catch(() => undefined);
      return turn;
    },
    dispose: async () => {
      // A session on a lost device cannot be released any more, and need not be.
      await session.release().catch(() => undefined);
    },
  });
}

/** Outputs that every run asks for. */
const everyRun = ['logits', 'rollout'];

interface Opened {
  readonly runtime: Runtime;
  readonly session: OrtSession;
  readonly device: string;
  /** Resolves with the reason when the device is lost; null where there is no device to lose. */
  readonly lost: Promise<string> | null;
}

async function openWasm(
  prepared: PreparedVit,
  { kind, threads }: BackendCandidate,
): Promise<Result<Opened, AnalysisError>> {
  if (kind !== 'wasm') return err(analysisError('backend-unavailable', `${kind} does not run in a browser`));
  if (startedThreads !== null && startedThreads !== threads) {
    return err(
      analysisError(
        'backend-unavailable',
        `the runtime of this worker was started with ${startedThreads} threads`,
      ),
    );
  }
  if (threads > 1 && !globalThis.crossOriginIsolated) {
    return err(analysisError('backend-unavailable', 'threads need a cross-origin isolated page'));
  }
  try {
    const runtime = await import('onnxruntime-web/wasm');
    startedThreads = threads;
    runtime.env.logLevel = 'error';
    runtime.env.wasm.numThreads = threads;
    const session = await createSession(runtime, prepared, 'wasm');
    // The runtime goes back to one thread by itself where it cannot start more.
    const actual = runtime.env.wasm.numThreads;
    if (actual !== threads) {
      await session.release();
      startedThreads = actual;
      return err(
        analysisError('backend-unavailable', `the runtime started ${actual} instead of ${threads} threads`),
      );
    }
    const device = `WebAssembly SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return ok({ runtime, session, device, lost: null });
  } catch (cause) {
    return err(runtimeError(cause));
  }
}

async function openWebGpu(
  prepared: PreparedVit,
  options: RuntimeOptions,
): Promise<Result<Opened, AnalysisError>> {
  const gpu = (navigator as Partial<Navigator>).gpu;
  if (gpu === undefined) return err(analysisError('backend-unavailable', 'no navigator.gpu in the worker'));
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) return err(analysisError('backend-unavailable', 'the browser offers no adapter'));
    if (adapter.info.isFallbackAdapter && !options.allowSoftwareAdapter) {
      return err(analysisError('backend-unavailable', `${adapterName(adapter)} is a software adapter`));
    }
    const runtime = await import('onnxruntime-web/webgpu');
    runtime.env.logLevel = 'error';
    // The part that runs beside the GPU needs no threads.
    runtime.env.wasm.numThreads = 1;
    const session = await createSession(runtime, prepared, 'webgpu');
    const device = await runtime.env.webgpu.device;
    const lost = device.lost.then(({ reason, message }) => `device lost (${reason}): ${message}`);
    return ok({ runtime, session, device: adapterName(adapter), lost });
  } catch (cause) {
    return err(runtimeError(cause));
  }
}

function createSession(
  runtime: Runtime,
  { graph, weights, weightsPath }: PreparedVit,
  provider: 'wasm' | 'webgpu',
): Promise<OrtSession> {
  return runtime.InferenceSession.create(graph, {
    executionProviders: [provider],
    externalData: [{ path: weightsPath, data: weights }],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
}

function adapterName({ info }: GPUAdapter): string {
  if (info.description !== '') return info.description;
  const name = [info.vendor, info.architecture, info.device].filter((part) => part !== '').join(' ');
  return name === '' ? 'unnamed adapter' : name;
}

function floats(outputs: OrtSession.OnnxValueMapType, name: string): Float32Array {
  const tensor = outputs[name];
  if (tensor === undefined || !('data' in tensor) || !(tensor.data instanceof Float32Array)) {
    throw new Error(`the network has no float32 output ${name}`);
  }
  // A copy: the runtime may use its buffer again.
  return tensor.data.slice();
}

function runtimeError(cause: unknown): AnalysisError {
  const text = String(cause);
  const memory = /out of memory|bad_alloc|failed to allocate|allocation fail|array buffer allocation/i;
  return analysisError(memory.test(text) || cause instanceof RangeError ? 'out-of-memory' : 'internal', text);
}
