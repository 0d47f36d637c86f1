import { failures, modelsSchema } from '#server/http/schemas.ts';
import type { Routes } from '#server/http/serviceParts.ts';

/** GET /api/models: what the parameter `model` takes, and what the models say about themselves. */
export const modelRoutes: Routes = async (app, { pool }) => {
  app.get(
    '/api/models',
    {
      schema: {
        operationId: 'listModels',
        summary: 'Models of this service',
        tags: ['genre'],
        response: { 200: { description: 'The models', ...modelsSchema }, ...failures(401, 403, 429) },
      },
    },
    async () => ({
      models: pool.models.map(({ id, manifest, isDefault }) => ({
        id,
        version: manifest.version,
        sha256: manifest.weights.sha256,
        bytes: manifest.weights.bytes,
        isDefault,
        licence: manifest.licence,
        windowSeconds: Number(
          (
            (manifest.frontEnd.windowFrames * manifest.frontEnd.hopLength) /
            manifest.frontEnd.sampleRate
          ).toFixed(3),
        ),
        labels: manifest.labels.map(({ id, en, zh, experimental }) => ({ id, en, zh, experimental })),
      })),
    }),
  );
};
