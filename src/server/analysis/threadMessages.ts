import type { Result } from '#core/result.ts';
import type { Analysed, AnalysisRequest } from '#server/analysis/analysisPool.ts';
import type { DecoderSettings } from '#server/analysis/decoderProcess.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

export interface ThreadSettings {
  /** Folder of the model packages. */
  readonly models: string;
  readonly defaultModel: string;
  /** Threads of the network. */
  readonly threads: number;
  readonly maxSeconds: number;
  readonly decoder: Pick<DecoderSettings, 'module' | 'maxBytes' | 'idleBytes' | 'mostFiles'>;
}

export type ThreadJob = Omit<AnalysisRequest, 'signal' | 'priority'>;

/** To the thread. It has one job at a time. */
export type ThreadAsk =
  | { readonly kind: 'analyse'; readonly id: number; readonly job: ThreadJob }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' };

/** From the thread: opened once, then what happens. */
export type ThreadMessage =
  | { readonly kind: 'opened'; readonly result: Result<void, ServiceError> }
  | { readonly kind: 'decoder'; readonly pid: number | null }
  | { readonly kind: 'decoder-broken'; readonly reason: string }
  | {
      readonly kind: 'analysed';
      readonly id: number;
      readonly result: Result<Omit<Analysed, 'waitMs'>, ServiceError>;
    };
