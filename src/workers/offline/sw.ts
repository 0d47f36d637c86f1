import {
  buildFiles,
  buildVersion,
  isMessage,
  routeOf,
  runtimeFile,
  withIsolation,
} from '#workers/offline/routes.ts';
import type { OfflineScope } from '#workers/offline/scope.ts';

/*
 * The service worker: the page works without a network after the first visit, and is cross-origin isolated on hosts that
 * send no headers.
 *
 * A new version is installed beside the old one and takes over when the last tab of the old one has closed, or when a
 * person asks for it in the page. Tabs that still run the old one keep its files; none is ever reloaded from here.
 */
declare const self: OfflineScope;

const manifest = self.PRECACHE_MANIFEST;
const { scope } = self.registration;
const files = buildFiles(manifest, scope);
const shellPrefix = 'acousticsense-shell-';
const shellCache = shellPrefix + buildVersion(manifest);
/** .wasm files, the font and the models' small files; kept over versions. */
const keptCache = 'acousticsense-kept';
/** Ends what is fetched for later. */
let keeping = new AbortController();

self.addEventListener('install', (event) => {
  event.waitUntil(install());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

self.addEventListener('message', (event) => {
  const { data } = event;
  if (isMessage(data, 'activate')) {
    event.waitUntil(self.skipWaiting());
    return;
  }
  if (isMessage(data, 'give-way')) {
    keeping.abort();
    keeping = new AbortController();
    return;
  }
  if (!isMessage(data, 'keep')) return;
  const runtime = runtimeFile(data.runtime, files.runtimes);
  // The font of pictures and documents comes late and large: kept now, so that they work without a network too.
  const urls = [...data.urls, ...(runtime === undefined ? [] : [runtime]), ...files.fonts];
  const { signal } = keeping;
  event.waitUntil(Promise.all(urls.map((url) => keep(url, signal))));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const route = routeOf(request, files, scope);
  switch (route.kind) {
    case 'pass':
      return;
    case 'shell':
      event.respondWith(fromShell(request, route.url));
      return;
    case 'runtime':
      event.respondWith(cacheFirst(request));
      return;
    case 'model-record':
      event.respondWith(networkFirst(request));
      return;
    case 'older-build':
      event.respondWith(fromAnyBuild(request));
      return;
    case 'isolate':
      event.respondWith(fetch(request).then(withIsolation));
      return;
  }
});

async function install(): Promise<void> {
  const cache = await caches.open(shellCache);
  await Promise.all(
    Array.from(files.shell, async ([url, { revision }]) => {
      // A name that carries a hash means the same file in every version.
      const known = revision === null ? await caches.match(url) : undefined;
      const response = known ?? (await fetch(url, { cache: revision === null ? 'default' : 'reload' }));
      if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
      await cache.put(url, response);
    }),
  );
}

async function activate(): Promise<void> {
  // The tab that asked for this version, if any, is about to load it; others may still run the old one.
  const isAlone = (await self.clients.matchAll()).length <= 1;
  for (const name of await caches.keys()) {
    if (isAlone && name.startsWith(shellPrefix) && name !== shellCache) await caches.delete(name);
  }
  const kept = await caches.open(keptCache);
  for (const { url } of await kept.keys()) {
    if (isAlone && /\.(wasm|ttf)$/.test(url) && ![...files.runtimes, ...files.fonts].includes(url))
      await kept.delete(url);
  }
  await self.clients.claim();
}

/** From this version's cache; from the network where the browser has thrown the cache away. */
async function fromShell(request: Request, url: string): Promise<Response> {
  const cached = await (await caches.open(shellCache)).match(url);
  return withIsolation(cached ?? (await fetch(request)));
}

/** The name carries a hash: whichever cache has it has the right file. */
async function fromAnyBuild(request: Request): Promise<Response> {
  return withIsolation((await caches.match(request.url)) ?? (await fetch(request)));
}

async function cacheFirst(request: Request): Promise<Response> {
  const cache = await caches.open(keptCache);
  const cached = await cache.match(request.url);
  if (cached !== undefined) return withIsolation(cached);
  const response = await fetch(request);
  // Storage may be full: the answer counts, not the copy.
  if (response.ok) await cache.put(request.url, response.clone()).catch(() => undefined);
  return withIsolation(response);
}

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(keptCache);
  try {
    const response = await fetch(request);
    if (isRecord(response)) await cache.put(request.url, response.clone()).catch(() => undefined);
    return response;
  } catch (cause) {
    const cached = await cache.match(request.url);
    if (cached !== undefined) return cached;
    throw cause;
  }
}

/** Hosts of single-page apps answer a missing file with their page: that is not to be kept. */
function isRecord(response: Response): boolean {
  return response.ok && !(response.headers.get('content-type')?.startsWith('text/html') ?? false);
}

/** What the page has just loaded comes from the browser's HTTP cache where the host allows it. */
async function keep(url: string, signal: AbortSignal): Promise<void> {
  const cache = await caches.open(keptCache);
  if ((await cache.match(url)) !== undefined) return;
  try {
    const response = await fetch(url, { cache: 'force-cache', signal });
    if (isRecord(response)) await cache.put(url, response);
  } catch (cause) {
    // The next version keeps what it needs by itself.
    if (!signal.aborted) throw cause;
  }
}
