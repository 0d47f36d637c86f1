import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import type { RecordId } from '#core/library/record.ts';
import type { ExportChoice } from '#core/report/exportChoice.ts';

/** A result that could not be exported; the others were. */
export interface ExportFailure {
  readonly id: RecordId;
  readonly name: string;
  readonly error: AnalysisError;
}

/** Where the export of the dialogue stands. */
export type ExportPhase =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly stage: 'collecting' | 'writing';
      /** Results while collecting, pages while writing. */
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: 'done';
      readonly fileName: string;
      readonly exported: number;
      readonly failures: readonly ExportFailure[];
    }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'failed';
      readonly error: AnalysisError;
      readonly failures: readonly ExportFailure[];
    };

/** Session state of exports: what is chosen stays chosen for the next one. */
export interface ExportsState {
  /** The language is null until it is chosen: it then is the page's. */
  readonly choice: Omit<ExportChoice, 'language'> & { readonly language: 'en' | 'zh' | null };
  readonly phase: ExportPhase;
}

export type ExportsStore = StoreApi<ExportsState>;

export function createExportsStore(): ExportsStore {
  return createStore<ExportsState>(() => ({
    choice: { formats: ['csv'], language: null, byteOrderMark: false, windowsTable: false },
    phase: { kind: 'idle' },
  }));
}
