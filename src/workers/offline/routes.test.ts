import { describe, expect, it } from 'vitest';
import { buildFiles, buildVersion, routeOf, runtimeFile, withIsolation } from '#workers/offline/routes.ts';

const scope = 'https://example.org/app/';
const manifest = [
  { url: 'index.html', revision: 'abc' },
  { url: 'assets/index-1234.js', revision: null },
  { url: 'assets/ort-wasm-simd-threaded-1.wasm', revision: null },
  { url: 'assets/ort-wasm-simd-threaded.asyncify-2.wasm', revision: null },
  { url: 'assets/NotoSansSC_400Regular-3.ttf', revision: null },
];
const files = buildFiles(manifest, scope);

function route(path: string, request: Partial<Pick<Request, 'method' | 'mode' | 'destination'>> = {}) {
  return routeOf(
    { url: new URL(path, scope).href, method: 'GET', mode: 'cors', destination: '', ...request },
    files,
    scope,
  ).kind;
}

describe('routeOf', () => {
  it('answers the page from the shell, with any options in its address', () => {
    expect(route('', { mode: 'navigate' })).toBe('shell');
    expect(route('?backend=wasm', { mode: 'navigate' })).toBe('shell');
    expect(route('index.html', { mode: 'navigate' })).toBe('shell');
    expect(route('somewhere-else', { mode: 'navigate' })).toBe('isolate');
  });

  it('never touches weights, other origins and writes', () => {
    expect(route('models/vit/model.safetensors')).toBe('pass');
    expect(route('https://elsewhere.example/index.html')).toBe('pass');
    expect(route('assets/index-1234.js', { method: 'POST' })).toBe('pass');
  });

  it('finds files of an older build for tabs that still run it', () => {
    expect(route('assets/index-0000.js', { destination: 'script' })).toBe('older-build');
    expect(route('assets/LibraryView-0000.css')).toBe('older-build');
    expect(route('https://elsewhere.example/assets/index-0000.js')).toBe('pass');
  });

  it('tells build files, runtimes and model records apart', () => {
    expect(route('assets/index-1234.js')).toBe('shell');
    expect(route('assets/ort-wasm-simd-threaded-1.wasm')).toBe('runtime');
    expect(route('assets/NotoSansSC_400Regular-3.ttf', { destination: 'font' })).toBe('runtime');
    expect(route('models/vit/manifest.json')).toBe('model-record');
    expect(route('models/vit/golden.json')).toBe('model-record');
    expect(route('models/vit/MODEL_CARD.md')).toBe('model-record');
    expect(route('models/index.json')).toBe('model-record');
    expect(route('models/vit/notes.txt')).toBe('pass');
    expect(route('unknown.js', { destination: 'worker' })).toBe('isolate');
  });
});

describe('runtimeFile', () => {
  it('knows which .wasm belongs to which runtime', () => {
    expect(runtimeFile('webgpu', files.runtimes)).toContain('asyncify');
    expect(runtimeFile('wasm', files.runtimes)).toContain('threaded-1.wasm');
    expect(runtimeFile('wasm', [])).toBeUndefined();
  });
});

describe('buildVersion', () => {
  it('changes with any file and not with their order', () => {
    expect(buildVersion(manifest.toReversed())).toBe(buildVersion(manifest));
    expect(buildVersion([...manifest.slice(1), { url: 'index.html', revision: 'abd' }])).not.toBe(
      buildVersion(manifest),
    );
  });
});

describe('withIsolation', () => {
  it('adds the two headers and keeps status, type and body', async () => {
    const plain = new Response('text', { status: 203, headers: { 'content-type': 'text/css' } });
    const isolated = withIsolation(plain);
    expect(isolated.status).toBe(203);
    expect(isolated.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(isolated.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(isolated.headers.get('content-type')).toBe('text/css');
    expect(isolated.headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(await isolated.text()).toBe('text');
  });

  it('leaves a policy that the host gives as it is', () => {
    const headers = { 'content-security-policy': "default-src 'none'" };
    const kept = withIsolation(new Response('', { headers })).headers.get('content-security-policy');
    expect(kept).toBe("default-src 'none'");
  });

  it('copes with answers that have no body', () => {
    expect(withIsolation(new Response(null, { status: 304 })).status).toBe(304);
  });
});
