import { describe, expect, it } from 'vitest';
import type { AdapterFacts, HostEnvironment, HostFacts } from '#platform/capabilities.ts';
import { backendCandidates, detectHost, hostNotices, wasmThreads } from '#platform/capabilities.ts';

const environment: HostEnvironment = {
  isSecureContext: true,
  crossOriginIsolated: true,
  hardwareConcurrency: 8,
  online: true,
  gpu: null,
  opfs: true,
  cacheStorage: true,
};

function adapter(
  info: Partial<AdapterFacts['info']>,
  features: readonly string[] = [],
): HostEnvironment['gpu'] {
  return {
    requestAdapter: () =>
      Promise.resolve({
        features: new Set(features),
        info: { vendor: '', architecture: '', device: '', description: '', ...info },
      }),
  };
}

const host: HostFacts = {
  secureContext: true,
  crossOriginIsolated: true,
  hardwareConcurrency: 4,
  online: true,
  webgpu: { status: 'hardware', shaderF16: true, name: 'test gpu', detail: '' },
  opfs: true,
  cacheStorage: true,
};

const short = (candidates: ReturnType<typeof backendCandidates>) =>
  candidates.map(({ kind, threads, precision }) => `${kind}/${threads}/${precision}`);

describe('detectHost', () => {
  it('tells a real adapter from a software one by its flag and by its name', async () => {
    const real = await detectHost({
      ...environment,
      gpu: adapter({ vendor: 'nvidia', architecture: 'hopper' }, ['shader-f16']),
    });
    expect(real.webgpu).toEqual({ status: 'hardware', shaderF16: true, name: 'nvidia hopper', detail: '' });
    const flagged = await detectHost({ ...environment, gpu: adapter({ isFallbackAdapter: true }) });
    expect(flagged.webgpu.status).toBe('software');
    const named = await detectHost({ ...environment, gpu: adapter({ architecture: 'swiftshader' }) });
    expect(named.webgpu.status).toBe('software');
  });

  it('says why there is no WebGPU', async () => {
    expect((await detectHost(environment)).webgpu.detail).toContain('navigator.gpu');
    expect((await detectHost({ ...environment, isSecureContext: false })).webgpu.detail).toContain('secure');
    const none = await detectHost({
      ...environment,
      gpu: { requestAdapter: () => Promise.resolve(null) },
    });
    expect(none.webgpu).toMatchObject({ status: 'none', detail: 'the browser offers no adapter' });
    const throwing = await detectHost({
      ...environment,
      gpu: { requestAdapter: () => Promise.reject(new Error('driver says no')) },
    });
    expect(throwing.webgpu.detail).toContain('driver says no');
  });

  it('counts an unknown number of processors as one', async () => {
    expect((await detectHost({ ...environment, hardwareConcurrency: undefined })).hardwareConcurrency).toBe(
      1,
    );
  });
});

describe('backendCandidates', () => {
  it('goes from WebGPU over threads to one thread, half precision and int8 first', () => {
    expect(short(backendCandidates(host, { linear: 'int8-rows' }))).toEqual([
      'webgpu/1/float16',
      'webgpu/1/float32',
      'wasm/4/int8',
      'wasm/4/float32',
      'wasm/1/int8',
      'wasm/1/float32',
    ]);
  });

  it('leaves out half precision without shader-f16 and int8 for float models', () => {
    const noF16: HostFacts = { ...host, webgpu: { ...host.webgpu, shaderF16: false } };
    expect(short(backendCandidates(noF16, { linear: 'float16' }))).toEqual([
      'webgpu/1/float32',
      'wasm/4/float32',
      'wasm/1/float32',
    ]);
  });

  it('leaves out int8 where the manifest says that it costs too much accuracy', () => {
    const weights = { linear: 'int8-rows', cpuPrecision: 'float32' } as const;
    expect(short(backendCandidates(host, weights, { forcedBackend: 'wasm' }))).toEqual([
      'wasm/4/float32',
      'wasm/1/float32',
    ]);
  });

  it('uses a software adapter only when WebGPU is forced', () => {
    const software: HostFacts = {
      ...host,
      webgpu: { status: 'software', shaderF16: false, name: 'swiftshader', detail: '' },
    };
    expect(short(backendCandidates(software, { linear: 'float32' }))).toEqual([
      'wasm/4/float32',
      'wasm/1/float32',
    ]);
    expect(short(backendCandidates(software, { linear: 'float32' }, { forcedBackend: 'webgpu' }))).toEqual([
      'webgpu/1/float32',
    ]);
  });

  it('has one thread without isolation, whatever was asked for', () => {
    const open: HostFacts = { ...host, crossOriginIsolated: false };
    expect(
      short(backendCandidates(open, { linear: 'int8-rows' }, { forcedBackend: 'wasm', threads: 8 })),
    ).toEqual(['wasm/1/int8', 'wasm/1/float32']);
  });

  it('is empty where forced WebGPU does not exist', () => {
    const none: HostFacts = {
      ...host,
      webgpu: { status: 'none', shaderF16: false, name: '', detail: 'none' },
    };
    expect(backendCandidates(none, { linear: 'float32' }, { forcedBackend: 'webgpu' })).toEqual([]);
  });
});

describe('wasmThreads', () => {
  it('takes every processor, at most 4', () => {
    expect([0, 1, 2, 4, 6, 64].map(wasmThreads)).toEqual([1, 1, 2, 4, 4, 4]);
  });
});

describe('hostNotices', () => {
  it('says nothing on a complete host', () => {
    expect(hostNotices(host)).toEqual([]);
  });

  it('names what is missing, and the insecure context instead of its consequences', () => {
    const bare: HostFacts = {
      ...host,
      secureContext: false,
      crossOriginIsolated: false,
      online: false,
      webgpu: { status: 'none', shaderF16: false, name: '', detail: 'insecure' },
    };
    expect(hostNotices(bare).map(({ code }) => code)).toEqual(['insecure-context', 'offline']);
    expect(hostNotices({ ...bare, secureContext: true, online: true }).map(({ code }) => code)).toEqual([
      'not-isolated',
      'no-webgpu',
    ]);
  });

  it('does not mention WebGPU where WASM was asked for', () => {
    const none: HostFacts = { ...host, webgpu: { status: 'none', shaderF16: false, name: '', detail: '' } };
    expect(hostNotices(none, { forcedBackend: 'wasm' })).toEqual([]);
  });
});
