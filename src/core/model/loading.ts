import type { BackendDescription } from '#core/model/engine.ts';

/** Where a model stands between being asked for and being ready; what a progress line is drawn from. */
export type ModelLoadProgress =
  | { readonly stage: 'manifest' }
  | { readonly stage: 'download'; readonly loadedBytes: number; readonly totalBytes: number }
  | { readonly stage: 'verify' }
  | { readonly stage: 'cache'; readonly totalBytes: number }
  /** Building the session and checking it against the golden logits. */
  | { readonly stage: 'session' };

export interface ModelLoadSummary {
  readonly backend: BackendDescription;
  /** True where the weights came from this machine's store and nothing was downloaded. */
  readonly fromCache: boolean;
  readonly stored: 'opfs' | 'cache-storage' | 'not-stored';
  /** Why the weights were not stored; empty otherwise. */
  readonly storeDetail: string;
  readonly timings: {
    readonly manifestMs: number;
    /** Download, or reading from the store. */
    readonly weightsMs: number;
    readonly verifyMs: number;
    readonly sessionMs: number;
    readonly goldenMs: number;
  };
}

/** What this host lacks or does differently; each has a text with advice in both languages. */
export const hostNoticeCodes = [
  'no-webgpu',
  'software-webgpu',
  'webgpu-lost',
  'not-isolated',
  'insecure-context',
  'not-stored',
  'offline',
] as const;
export type HostNoticeCode = (typeof hostNoticeCodes)[number];
export interface HostNotice {
  readonly code: HostNoticeCode;
  readonly detail: string;
}
