import { analysisError, type AnalysisError } from '#core/errors.ts';

/**
 * What was thrown while a track was prepared, as data. Engines report memory that they cannot give as a RangeError whose
 * wording is their own ("Array buffer allocation failed", "Invalid typed array length", "Out of memory"); every other
 * error is a bug.
 */
export function failureOf(error: unknown): AnalysisError {
  const message = error instanceof Error ? error.message : String(error);
  const isMemory = error instanceof RangeError && /alloc|array|memory/i.test(message);
  return analysisError(isMemory ? 'out-of-memory' : 'internal', `dsp worker: ${message}`);
}
