import { createStore, type StoreApi } from 'zustand/vanilla';

/** What the host knows about the page as an installed program. */
export interface HostVersion {
  /** The browser offers to install the page. */
  readonly installable: boolean;
  /** A new version of the page is stored and waits to be used. */
  readonly updateReady: boolean;
}

/** Installing the page, and going over to its new version. Nothing happens without being asked. */
export interface OfflinePort {
  /** Calls with what is known now and after every change. */
  watch(listener: (version: HostVersion) => void): void;
  /** The browser's own question; it can be asked once for each offer. */
  install(): Promise<void>;
  /** Puts the new version in charge and loads the page again. */
  update(): Promise<void>;
}

/** Session state. */
export interface OfflineState extends HostVersion {
  /** The person wishes the new version as soon as no file is worked on. */
  readonly updateWished: boolean;
  /** The person has put the notice away for this visit. */
  readonly dismissed: boolean;
}

export type OfflineStore = StoreApi<OfflineState>;

export function createOfflineStore(): OfflineStore {
  return createStore<OfflineState>(() => ({
    installable: false,
    updateReady: false,
    updateWished: false,
    dismissed: false,
  }));
}
