import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { GoldenAgreement } from '#core/model/checkGolden.ts';
import type {
  BackendAttempt,
  BackendCandidate,
  BackendDescription,
  InferenceSession,
} from '#core/model/engine.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

/** A session and the name of what it runs on. */
export interface OpenSession extends InferenceSession {
  /** Name of the GPU adapter, or of the processor path. */
  readonly device: string;
}

export interface SelectedBackend {
  readonly session: InferenceSession;
  readonly backend: BackendDescription;
}

/** Why there is no backend. */
export interface BackendFailure extends AnalysisError {
  readonly attempts: readonly BackendAttempt[];
}

/** Errors that are the model's own: no other backend can help. */
const modelErrors: readonly string[] = [
  'model-missing',
  'model-altered',
  'model-invalid',
  'checkpoint-refused',
];

/**
 * Tries the candidates in order and takes the first that opens and passes `check`. What became of each is kept in
 * `backend.attempts`; sessions that are not used are disposed of.
 *
 * Fails with `backend-disagrees` where every candidate ran and computed something else, with `backend-unavailable` where
 * none is left for other reasons as well (`attempts` tells all), and at once with an error of the model itself.
 */
export async function selectBackend(
  candidates: readonly BackendCandidate[],
  openSession: (candidate: BackendCandidate) => Promise<Result<OpenSession, AnalysisError>>,
  check: (
    session: InferenceSession,
    candidate: BackendCandidate,
  ) => Promise<Result<GoldenAgreement, AnalysisError>>,
): Promise<Result<SelectedBackend, BackendFailure>> {
  const attempts: BackendAttempt[] = [];
  for (const candidate of candidates) {
    const opened = await openSession(candidate);
    if (!opened.ok) {
      if (modelErrors.includes(opened.error.code)) return err({ ...opened.error, attempts });
      const outcome = opened.error.code === 'backend-unavailable' ? 'unavailable' : 'failed';
      attempts.push({ ...candidate, outcome, detail: opened.error.message });
      continue;
    }
    const session = opened.value;
    const checked = await check(session, candidate);
    if (!checked.ok) {
      const outcome = checked.error.code === 'backend-disagrees' ? 'disagreed' : 'failed';
      attempts.push({ ...candidate, outcome, detail: `${session.device}: ${checked.error.message}` });
      await session.dispose();
      continue;
    }
    const deviation = checked.value.logitsDeviation.toExponential(1);
    const detail = `${session.device}: logits within ${deviation} of the golden record`;
    attempts.push({ ...candidate, outcome: 'used', detail });
    return ok({ session, backend: { ...candidate, device: session.device, attempts } });
  }
  const told = attempts.map(
    (attempt) => `${describeCandidate(attempt)} ${attempt.outcome}: ${attempt.detail}`,
  );
  const allDisagreed = attempts.length > 0 && attempts.every((attempt) => attempt.outcome === 'disagreed');
  const code = allDisagreed ? 'backend-disagrees' : 'backend-unavailable';
  const message = told.length === 0 ? 'there is no backend to try' : told.join('; ');
  return err({ ...analysisError(code, message), attempts });
}

const describeCandidate = ({ kind, threads, precision }: BackendCandidate): string =>
  kind === 'webgpu' || kind === 'node-webgpu'
    ? `${kind} (${precision})`
    : `${kind} (${precision}, ${threads} threads)`;
