/** Everything that can go wrong for reasons outside the program. Closed: a new code needs a text in both languages. */
export const analysisErrorCodes = [
  // the file
  'empty-file',
  'unreadable-file',
  'unsupported-format',
  'no-audio-track',
  'no-samples',
  'decode-failed',
  'file-too-large',
  'file-too-long',
  'silent',
  // the model
  'model-missing',
  'model-download-failed',
  'model-altered',
  'model-invalid',
  'checkpoint-refused',
  // the engine
  'backend-unavailable',
  'backend-disagrees',
  'backend-lost',
  'out-of-memory',
  // a result that was kept
  'report-invalid',
  'report-too-new',
  // the library
  'library-denied',
  'library-too-new',
  'library-blocked',
  'library-full',
  'library-failed',
  'archive-invalid',
  'archive-too-new',
  'archive-too-large',
  // archive pictures
  'not-our-picture',
  'picture-damaged',
  'font-missing',
  'folder-denied',
  'folder-gone',
  'folder-failed',
  // the job
  'cancelled',
  'internal',
] as const;

export type AnalysisErrorCode = (typeof analysisErrorCodes)[number];

/**
 * An expected failure. Plain data, so that it crosses workers, JSON and storage unchanged.
 * `message` is English and technical (what was found, where); what a person reads comes from `errorText`.
 */
export interface AnalysisError {
  readonly code: AnalysisErrorCode;
  readonly message: string;
  /** Figures for the text: limits, sizes, names. Shown as text only, never as markup. */
  readonly details?: Readonly<Record<string, string | number>>;
}

export function analysisError(
  code: AnalysisErrorCode,
  message: string,
  details?: Readonly<Record<string, string | number>>,
): AnalysisError {
  return details === undefined ? { code, message } : { code, message, details };
}

/** Things worth knowing about a result that exists all the same. */
export const analysisWarningCodes = [
  'shorter-than-header',
  'non-finite-samples',
  'looped-to-one-window',
  'silent-windows-skipped',
  'windows-sampled',
  'backend-changed',
] as const;

export type AnalysisWarningCode = (typeof analysisWarningCodes)[number];

export interface AnalysisWarning {
  readonly code: AnalysisWarningCode;
  readonly details: Readonly<Record<string, string | number>>;
}

/** The part of AbortSignal that core needs; every host's AbortSignal fits. */
export interface CancelSignal {
  readonly aborted: boolean;
}
