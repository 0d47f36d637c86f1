/** Page to service worker: a person wants this waiting version now. */
export interface ActivateMessage {
  readonly kind: 'activate';
}

/**
 * Page to service worker: a newer version is about to take over; stop what is fetched for later. A browser lets the new one
 * begin only when the old one has nothing in hand, which on a slow line is minutes.
 */
export interface GiveWayMessage {
  readonly kind: 'give-way';
}

/**
 * Page to service worker: keep these for offline use. The first visit loads them before the service worker is in control,
 * so it has not seen them pass.
 */
export interface KeepMessage {
  readonly kind: 'keep';
  /** The runtime in use; its .wasm file is kept. */
  readonly runtime: 'wasm' | 'webgpu';
  /** Absolute addresses of the model's manifest and golden record. */
  readonly urls: readonly string[];
}

export type OfflineMessage = ActivateMessage | GiveWayMessage | KeepMessage;
