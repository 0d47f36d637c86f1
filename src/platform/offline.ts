import type { BackendKind } from '#core/model/engine.ts';
import type { KeepMessage } from '#workers/offline/api.ts';

const reloadMark = 'acousticsense.isolation-reload';

/**
 * Registers the service worker (built page only), once the page has loaded. On a host without COOP and COEP headers the
 * first visit is not cross-origin isolated, and only a reload through the service worker makes it so: that happens at
 * most once, and only while `mayReload` says that nothing would be lost. Never fails: without a service worker the page
 * works, just not offline.
 */
export async function startOffline(mayReload: () => boolean): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  await loaded();
  try {
    await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { updateViaCache: 'none' });
    await isolate(mayReload);
  } catch {
    // Storage denied, or an old copy of the script: the next visit tries again.
  }
}

/** Asks the service worker to keep what a model in use needs to start without a network. */
export async function keepForOffline(kind: BackendKind, urls: readonly string[]): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const message: KeepMessage = {
    kind: 'keep',
    runtime: kind === 'webgpu' ? 'webgpu' : 'wasm',
    urls: urls.map((url) => new URL(url, location.href).href),
  };
  const registration = await navigator.serviceWorker.ready;
  registration.active?.postMessage(message);
}

async function loaded(): Promise<void> {
  if (document.readyState === 'complete') return;
  await new Promise((resolve) => {
    addEventListener('load', resolve, { once: true });
  });
}

async function isolate(mayReload: () => boolean): Promise<void> {
  if (crossOriginIsolated) {
    sessionStorage.removeItem(reloadMark);
    return;
  }
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller === null) {
    await new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    });
  }
  if (sessionStorage.getItem(reloadMark) !== null || !mayReload()) return;
  sessionStorage.setItem(reloadMark, 'done');
  location.reload();
}
