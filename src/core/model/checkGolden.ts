import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import type { InferenceSession } from '#core/model/engine.ts';
import { goldenInput } from '#core/model/goldenInput.ts';
import type { GoldenRecord, ModelManifest, Precision } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

export interface GoldenAgreement {
  /** Largest absolute difference of a logit, and of a value of the rollout. */
  readonly logitsDeviation: number;
  readonly rolloutDeviation: number;
}

/**
 * The rollout's values sum to 1 over some two hundred patches, where a logit is of the order of 1: this share of the
 * logits' tolerance is allowed to it. In int8 the shipped models differ by 4e-4 where their logits differ by 4e-2.
 */
const rolloutShare = 0.02;

/**
 * Runs the record's input and compares logits and rollout with the record, as every backend must before it is used.
 *
 * `backend-disagrees` where a value is off by more than the tolerance of `precision`, is not a number, or is missing;
 * errors of the run itself are handed on.
 */
export async function checkGolden(
  session: InferenceSession,
  manifest: ModelManifest,
  golden: GoldenRecord,
  precision: Precision,
): Promise<Result<GoldenAgreement, AnalysisError>> {
  const ran = await session.run(goldenInput(manifest));
  if (!ran.ok) return ran;
  const logitsDeviation = largestDeviation(ran.value.logits, golden.logits);
  const rolloutDeviation = largestDeviation(ran.value.rollout, golden.rollout);
  const tolerance = golden.tolerance[precision];
  if (logitsDeviation <= tolerance && rolloutDeviation <= rolloutShare * tolerance) {
    return ok({ logitsDeviation, rolloutDeviation });
  }
  return err(
    analysisError(
      'backend-disagrees',
      `logits differ from the golden record by ${figure(logitsDeviation)} (allowed ${figure(tolerance)}), ` +
        `the rollout by ${figure(rolloutDeviation)} (allowed ${figure(rolloutShare * tolerance)})`,
      { logitsDeviation, rolloutDeviation, tolerance },
    ),
  );
}

const figure = (value: number): string => value.toExponential(1);
