import type { KeepMessage, OfflineMessage } from '#workers/offline/api.ts';
import { contentSecurityPolicy } from '#core/page/responseHeaders.ts';
import type { PrecacheEntry } from '#workers/offline/scope.ts';

/** How a request is answered. */
export type Route =
  /** A file of the build: from the cache of this version. */
  | { readonly kind: 'shell'; readonly url: string }
  /** A file of an older build, for a tab that still runs it: from any cache, else from the network. */
  | { readonly kind: 'older-build' }
  /** A runtime's .wasm or the font, its name carries its hash: from the cache, else fetched and kept. */
  | { readonly kind: 'runtime' }
  /** The list of models, or a model's manifest, golden record or card: from the network, from the cache without one. */
  | { readonly kind: 'model-record' }
  /** Something else of this origin that runs: from the network, with the isolation headers. */
  | { readonly kind: 'isolate' }
  /** Left to the browser: other origins, weights (they have a store of their own), anything that is not a GET. */
  | { readonly kind: 'pass' };

/** The precached files (everything but .wasm and fonts), the .wasm files and the fonts of a build, as absolute addresses. */
export interface BuildFiles {
  readonly shell: ReadonlyMap<string, PrecacheEntry>;
  readonly runtimes: readonly string[];
  readonly fonts: readonly string[];
}

/** Splits the build's list. `scope` is the absolute address of the folder that the page lives in. */
export function buildFiles(manifest: readonly PrecacheEntry[], scope: string): BuildFiles {
  const shell = new Map<string, PrecacheEntry>();
  const runtimes: string[] = [];
  const fonts: string[] = [];
  for (const entry of manifest) {
    const url = new URL(entry.url, scope).href;
    if (url.endsWith('.wasm')) runtimes.push(url);
    else if (url.endsWith('.ttf')) fonts.push(url);
    else shell.set(url, entry);
  }
  return { shell, runtimes, fonts };
}

/** A name for exactly this build: the same files give the same name. 32-bit FNV-1a over names and revisions. */
export function buildVersion(manifest: readonly PrecacheEntry[]): string {
  let hash = 0x811c9dc5;
  const text = manifest
    .map(({ url, revision }) => `${url}\n${revision ?? ''}`)
    .toSorted()
    .join('\n');
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Decides on one request. */
export function routeOf(
  request: Pick<Request, 'url' | 'method' | 'mode' | 'destination'>,
  files: BuildFiles,
  scope: string,
): Route {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== new URL(scope).origin) return { kind: 'pass' };
  // Options in the query (?backend=wasm) and parts after # belong to the page, not to the file.
  const file = url.origin + url.pathname;
  if (request.mode === 'navigate') {
    const index = new URL('index.html', scope).href;
    const isPage = file === scope || file === index;
    return isPage && files.shell.has(index) ? { kind: 'shell', url: index } : { kind: 'isolate' };
  }
  if (files.shell.has(file)) return { kind: 'shell', url: file };
  if (files.runtimes.includes(file) || files.fonts.includes(file)) return { kind: 'runtime' };
  if (file.startsWith(new URL('assets/', scope).href)) return { kind: 'older-build' };
  if (/\/models\/(index\.json|[^/]+\/(manifest\.json|golden\.json|MODEL_CARD\.md))$/.test(url.pathname))
    return { kind: 'model-record' };
  const runs = ['script', 'worker', 'sharedworker', 'iframe'].includes(request.destination);
  return runs ? { kind: 'isolate' } : { kind: 'pass' };
}

/** The .wasm file that a runtime loads: the WebGPU one is onnxruntime's asyncify build. */
export function runtimeFile(
  runtime: KeepMessage['runtime'],
  runtimes: readonly string[],
): string | undefined {
  return runtimes.find((url) => url.includes('asyncify') === (runtime === 'webgpu'));
}

/** Whether what a page sent is the message of this kind. */
export function isMessage<Kind extends OfflineMessage['kind']>(
  data: unknown,
  kind: Kind,
): data is Extract<OfflineMessage, { readonly kind: Kind }> {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === kind;
}

/**
 * The same answer with the headers that make a page cross-origin isolated (threads in WebAssembly), for hosts that send
 * none; workers need them as much as the page. Where the host gives no policy, the page's strict one. Answers that cannot be copied (redirects, errors) come back unchanged.
 */
export function withIsolation(response: Response): Response {
  if (response.status === 0 || response.type === 'opaqueredirect' || response.redirected) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', contentSecurityPolicy);
  const { status, statusText } = response;
  // These carry no body, and the constructor refuses one.
  const body = status === 204 || status === 205 || status === 304 ? null : response.body;
  return new Response(body, { status, statusText, headers });
}
