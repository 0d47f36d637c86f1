import type { BackendKind } from '#core/model/engine.ts';
import type { ActivateMessage, GiveWayMessage, KeepMessage } from '#workers/offline/api.ts';

/** What the browser sends when the page could be installed (Chromium; not part of a standard). */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

/** What is known about installing and new versions; the shape of the state's `HostVersion`. */
interface Version {
  readonly installable: boolean;
  readonly updateReady: boolean;
}

let version: Version = { installable: false, updateReady: false };
let listeners: ((version: Version) => void)[] = [];
let offer: InstallOffer | null = null;
let waiting: ServiceWorker | null = null;

function change(part: Partial<Version>): void {
  version = { ...version, ...part };
  for (const listener of listeners) listener(version);
}

/** Hours between looks for a new version while the page stays open. */
const lookAgainHours = 1;

/** A new version that was asked for takes over within a second; after this it is loaded the hard way. */
const takeOverSeconds = 10;

/**
 * Installing the page and going over to a new version of it; neither happens without being asked. Create it at once: the
 * browser's offer comes early and only once.
 */
export function createOfflinePort(): {
  watch(listener: (version: Version) => void): void;
  install(): Promise<void>;
  update(): Promise<void>;
} {
  addEventListener('beforeinstallprompt', (event) => {
    // The browser's own banner would be in the way; the page has a button.
    event.preventDefault();
    offer = event as InstallOffer;
    change({ installable: true });
  });
  addEventListener('appinstalled', () => {
    offer = null;
    change({ installable: false });
  });
  return {
    watch: (listener) => {
      listeners = [...listeners, listener];
      listener(version);
    },
    install: async () => {
      const asked = offer;
      offer = null;
      change({ installable: false });
      await asked?.prompt();
    },
    update: async () => {
      if (waiting === null) return;
      if (waiting.state !== 'installed') {
        // Another tab has put it in charge already.
        location.reload();
        return;
      }
      const message: ActivateMessage = { kind: 'activate' };
      const giveWay: GiveWayMessage = { kind: 'give-way' };
      const changed = new Promise((resolve) => {
        navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
        // Something keeps the old version in charge: loaded again, this page holds it up no longer.
        setTimeout(resolve, takeOverSeconds * 1000);
      });
      navigator.serviceWorker.controller?.postMessage(giveWay);
      waiting.postMessage(message, []);
      await changed;
      location.reload();
    },
  };
}

/** Tells when a new version of the page is stored and waits. */
function watchUpdates(registration: ServiceWorkerRegistration): void {
  const look = (): void => {
    // Without a controller it is the first version, which nobody has to wait for.
    if (navigator.serviceWorker.controller === null) return;
    waiting = registration.waiting;
    change({ updateReady: waiting !== null });
  };
  const follow = (): void => {
    const { installing } = registration;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') look();
    });
  };
  registration.addEventListener('updatefound', follow);
  follow();
  look();
  let lookedMs = performance.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || performance.now() - lookedMs < lookAgainHours * 3_600_000) return;
    lookedMs = performance.now();
    // Without a network there is nothing new.
    registration.update().catch(() => undefined);
  });
}

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
    const registration = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, {
      updateViaCache: 'none',
    });
    watchUpdates(registration);
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
