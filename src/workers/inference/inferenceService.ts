import { analysisError } from '#core/errors.ts';
import { prepareVit } from '#core/graph/prepareVit.ts';
import type { InferenceSession } from '#core/model/engine.ts';
import { checkGolden } from '#core/model/checkGolden.ts';
import type { MakeModelInput } from '#core/model/modelInput.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { selectBackend } from '#core/model/selectBackend.ts';
import { err, ok } from '#core/result.ts';
import type { InferenceWorkerApi } from '#workers/inference/api.ts';
import { openRuntimeSession } from '#workers/inference/runtimeSession.ts';

/** What the worker serves: one model on the first backend that reproduces its golden record. */
export function createInferenceService(): InferenceWorkerApi {
  let loaded: { session: InferenceSession; makeInput: MakeModelInput } | null = null;

  return {
    async load({ manifest, golden, weights, candidates, allowSoftwareAdapter }) {
      await loaded?.session.dispose();
      loaded = null;
      const bytes = new Uint8Array(weights);
      let sessionMs = 0;
      let goldenMs = 0;
      const selected = await selectBackend(
        candidates,
        async (candidate) => {
          const startMs = performance.now();
          const prepared = prepareVit(manifest, bytes, candidate.precision);
          if (!prepared.ok) return prepared;
          const opened = await openRuntimeSession(prepared.value, manifest, candidate, {
            allowSoftwareAdapter,
          });
          sessionMs = performance.now() - startMs;
          return opened;
        },
        async (session, candidate) => {
          const startMs = performance.now();
          const checked = await checkGolden(session, manifest, golden, candidate.precision);
          goldenMs = performance.now() - startMs;
          return checked;
        },
      );
      if (!selected.ok) return selected;
      // The weights' buffer ends here: the session has its own copy.
      loaded = {
        session: selected.value.session,
        makeInput: createModelInput(manifest.frontEnd, manifest.architecture),
      };
      return ok({ backend: selected.value.backend, timings: { sessionMs, goldenMs } });
    },

    async infer(windowDb, ask) {
      if (loaded === null) return err(analysisError('internal', 'no model is loaded'));
      return loaded.session.run(loaded.makeInput(windowDb), ask);
    },
  };
}
