import type { AnalysisError } from '#core/errors.ts';
import { goldenInput } from '#core/model/goldenInput.ts';
import type { GoldenRecord, ModelManifest, Precision } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { ok } from '#core/result.ts';
import { openNodeSession } from '#server/engine/nodeSession.ts';

/** How far a probability may move because a backend computes in this arithmetic. */
const allowedProbability = { float16: 0.02, int8: 0.05 } as const;

/**
 * Largest allowed difference of a logit. If every logit moves by at most t, a probability p moves by at most
 * p (1 - p) 2 t / temperature <= t / (2 temperature); solved for t, rounded down to 0.001. float32 backends differ only
 * in the order of sums and in their exp and erf (measured at most 1e-5 on Node, WASM and WebGPU): 1e-3 is generous, and
 * still far under what a wrong operator does.
 */
export function goldenTolerance(temperature: number): Record<Precision, number> {
  const forProbability = (allowed: number): number => Math.floor(2 * temperature * allowed * 1000) / 1000;
  return {
    float32: 1e-3,
    float16: Math.max(1e-3, forProbability(allowedProbability.float16)),
    int8: Math.max(1e-3, forProbability(allowedProbability.int8)),
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/**
 * Computes a package's golden record: the formula input through the network in float32 on onnxruntime-node, weights
 * dequantised. Rounded, so that the same package gives the same record on machines whose sums differ in the last bit.
 */
export async function makeGolden(
  manifest: ModelManifest,
  weights: Uint8Array,
): Promise<Result<GoldenRecord, AnalysisError>> {
  const opened = await openNodeSession(manifest, weights, {
    kind: 'node-cpu',
    threads: 1,
    precision: 'float32',
  });
  if (!opened.ok) return opened;
  const ran = await opened.value.run(goldenInput(manifest));
  await opened.value.dispose();
  if (!ran.ok) return ran;
  return ok({
    schemaVersion: 1,
    weightsSha256: manifest.weights.sha256,
    recipe: 'mod-29-pattern',
    logits: Array.from(ran.value.logits, (value) => round(value, 5)),
    rollout: Array.from(ran.value.rollout, (value) => round(value, 7)),
    tolerance: goldenTolerance(manifest.temperature),
  });
}
