import type { BackendCandidate, BackendKind } from '#core/model/engine.ts';
import type { HostNotice } from '#core/model/loading.ts';
import type { WeightsFile } from '#core/model/manifest.ts';

/** What WebGPU offers here. `software` is an adapter that computes on the processor: correct, and slower than WASM. */
export interface WebGpuFacts {
  readonly status: 'hardware' | 'software' | 'none';
  /** True where shaders may compute in half precision. */
  readonly shaderF16: boolean;
  /** The adapter's name as the browser tells it; empty where there is none. */
  readonly name: string;
  /** Why there is none; empty otherwise. */
  readonly detail: string;
}

/** What this browser, machine and page offer. Plain data, so that decisions on it are pure. */
export interface HostFacts {
  /** False on plain http from another machine: no WebGPU, no threads, no storage, no service worker. */
  readonly secureContext: boolean;
  /** True where the page may share memory between threads (COOP and COEP headers). */
  readonly crossOriginIsolated: boolean;
  /** Logical processors, at least 1. */
  readonly hardwareConcurrency: number;
  readonly online: boolean;
  readonly webgpu: WebGpuFacts;
  readonly opfs: boolean;
  readonly cacheStorage: boolean;
}

/** The parts of the browser that `detectHost` reads; tests put fakes here. */
export interface HostEnvironment {
  readonly isSecureContext: boolean;
  readonly crossOriginIsolated: boolean;
  readonly hardwareConcurrency: number | undefined;
  readonly online: boolean;
  /** Null where the browser has no WebGPU or the context is not secure. */
  readonly gpu: AdapterSource | null;
  readonly opfs: boolean;
  readonly cacheStorage: boolean;
}

/** The part of `navigator.gpu` that is used. */
export interface AdapterSource {
  requestAdapter(options?: { powerPreference?: 'high-performance' }): Promise<AdapterFacts | null>;
}

/** The part of a GPUAdapter that is used. */
export interface AdapterFacts {
  readonly features: { has(name: string): boolean };
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/** The browser this page runs in, as `detectHost` wants it. */
export function browserEnvironment(): HostEnvironment {
  // The typings promise these members; old browsers and insecure contexts do not have them.
  const { gpu, storage } = navigator as Partial<Navigator>;
  return {
    isSecureContext,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    hardwareConcurrency: navigator.hardwareConcurrency,
    online: navigator.onLine,
    gpu: gpu ?? null,
    opfs: typeof storage?.getDirectory === 'function',
    cacheStorage: 'caches' in globalThis,
  };
}

/** Longest wait for a GPU adapter, in milliseconds: some drivers never answer, and WASM can start meanwhile. */
const adapterTimeoutMs = 5000;

/** Looks at the host once. Never fails: what cannot be asked counts as missing, with the reason in `detail`. */
export async function detectHost(environment: HostEnvironment = browserEnvironment()): Promise<HostFacts> {
  return {
    secureContext: environment.isSecureContext,
    crossOriginIsolated: environment.crossOriginIsolated,
    hardwareConcurrency: Math.max(1, environment.hardwareConcurrency ?? 1),
    online: environment.online,
    webgpu: await detectWebGpu(environment),
    opfs: environment.opfs,
    cacheStorage: environment.cacheStorage,
  };
}

async function detectWebGpu(environment: HostEnvironment): Promise<WebGpuFacts> {
  if (environment.gpu === null) {
    return noWebGpu(
      environment.isSecureContext ? 'the browser has no navigator.gpu' : 'WebGPU needs a secure context',
    );
  }
  try {
    const adapter = await withTimeout(
      environment.gpu.requestAdapter({ powerPreference: 'high-performance' }),
      adapterTimeoutMs,
    );
    if (adapter === 'timeout') return noWebGpu(`no adapter after ${adapterTimeoutMs} ms`);
    if (adapter === null) return noWebGpu('the browser offers no adapter');
    const { vendor, architecture, device, description } = adapter.info;
    const name = description !== '' ? description : [vendor, architecture, device].filter(Boolean).join(' ');
    return {
      status: isSoftware(adapter) ? 'software' : 'hardware',
      shaderF16: adapter.features.has('shader-f16'),
      name: name === '' ? 'unnamed adapter' : name,
      detail: '',
    };
  } catch (cause) {
    return noWebGpu(String(cause));
  }
}

function noWebGpu(detail: string): WebGpuFacts {
  return { status: 'none', shaderF16: false, name: '', detail };
}

/** Browsers mark software adapters as fallback; the names catch those that forget to. */
function isSoftware(adapter: AdapterFacts): boolean {
  const { vendor, architecture, device, description } = adapter.info;
  return (
    adapter.info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(
      `${vendor} ${architecture} ${device} ${description}`,
    )
  );
}

async function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T | 'timeout'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Threads for the WASM backend on this many logical processors: all of them, at most 4. On 2 idle cores a ViT-B/16 window
 * takes 1.3 to 1.7 times less with 2 threads than with 1. 4 is the runtime's own limit; logical processors above it are
 * usually two to a core, or slow ones beside fast ones, and one slow thread holds up all. `?threads=` asks for more.
 */
export function wasmThreads(hardwareConcurrency: number): number {
  return Math.min(4, Math.max(1, Math.floor(hardwareConcurrency)));
}

export interface CandidateOptions {
  readonly forcedBackend?: Extract<BackendKind, 'webgpu' | 'wasm'>;
  /** Exactly this many WASM threads (1 without isolation, whatever was asked for). */
  readonly threads?: number;
}

/**
 * Backends to try, in order: WebGPU in half precision where shaders can, then in single, on a real adapter only (a
 * software one serves when WebGPU is forced); WASM with threads where the page is isolated; WASM with one thread. Models
 * with int8 rows run as int8 products on WASM, and dequantised (float32) if int8 disagrees with the golden record.
 */
export function backendCandidates(
  host: HostFacts,
  weights: Pick<WeightsFile, 'linear' | 'cpuPrecision'>,
  options: CandidateOptions = {},
): BackendCandidate[] {
  const candidates: BackendCandidate[] = [];
  const gpuUsable =
    host.webgpu.status === 'hardware' ||
    (host.webgpu.status === 'software' && options.forcedBackend === 'webgpu');
  if (gpuUsable && options.forcedBackend !== 'wasm') {
    if (host.webgpu.shaderF16) candidates.push({ kind: 'webgpu', threads: 1, precision: 'float16' });
    candidates.push({ kind: 'webgpu', threads: 1, precision: 'float32' });
  }
  if (options.forcedBackend === 'webgpu') return candidates;

  const wanted = options.threads ?? wasmThreads(host.hardwareConcurrency);
  const threads = host.crossOriginIsolated ? Math.max(1, Math.floor(wanted)) : 1;
  const precisions =
    weights.linear === 'int8-rows' && weights.cpuPrecision !== 'float32'
      ? (['int8', 'float32'] as const)
      : (['float32'] as const);
  for (const count of threads > 1 ? [threads, 1] : [1]) {
    for (const precision of precisions) candidates.push({ kind: 'wasm', threads: count, precision });
  }
  return candidates;
}

/** What this host lacks, for the person to know; nothing that makes no difference to what was asked for. */
export function hostNotices(host: HostFacts, options: CandidateOptions = {}): HostNotice[] {
  const notices: HostNotice[] = [];
  if (!host.secureContext) {
    notices.push({ code: 'insecure-context', detail: 'no WebGPU, threads or storage outside https' });
  } else if (!host.crossOriginIsolated) {
    notices.push({ code: 'not-isolated', detail: 'WASM runs on one thread' });
  }
  if (options.forcedBackend !== 'wasm' && host.secureContext) {
    if (host.webgpu.status === 'none') notices.push({ code: 'no-webgpu', detail: host.webgpu.detail });
    if (host.webgpu.status === 'software') {
      notices.push({ code: 'software-webgpu', detail: host.webgpu.name });
    }
  }
  if (!host.online) notices.push({ code: 'offline', detail: 'navigator.onLine is false' });
  return notices;
}
