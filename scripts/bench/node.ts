/** The engine in Node beside the bare runtime: same graph, same weights, same input. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { prepareVit } from '#core/graph/prepareVit.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { openNodeModel } from '#server/engine/nodeEngine.ts';
import { type BenchRow, median } from './table.ts';

const runs = 15;

async function timesOf(work: () => Promise<unknown>): Promise<number[]> {
  await work();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

export async function benchNode(modelsDirectory: string, models: readonly string[]): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const threads = availableParallelism();
  for (const model of models) {
    const directory = join(modelsDirectory, model);
    for (const precision of ['int8', 'float32'] as const) {
      const start = performance.now();
      const opened = await openNodeModel(directory, { threads, precision });
      if (!opened.ok) throw new Error(opened.error.message);
      const engine = await opened.value.engine();
      if (!engine.ok) throw new Error(engine.error.message);
      const openMs = performance.now() - start;
      const { manifest } = opened.value;
      const { nMels, windowFrames } = manifest.frontEnd;
      const windowDb = Float32Array.from({ length: nMels * windowFrames }, (_, i) => -60 + 50 * Math.sin(i));
      const engineMs = median(await timesOf(() => engine.value.infer(windowDb)));
      await opened.value.dispose();

      const weights = readFileSync(join(directory, manifest.weights.file));
      const prepared = prepareVit(manifest, weights, precision);
      if (!prepared.ok) throw new Error(prepared.error.message);
      const session = await InferenceSession.create(prepared.value.graph, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        externalData: [{ path: prepared.value.weightsPath, data: prepared.value.weights }],
        extra: { session: { x64quantprecision: '1' } },
      });
      const { inputChannels, imageSize } = manifest.architecture;
      const dims = [1, inputChannels, imageSize, imageSize];
      const input = new Tensor(
        'float32',
        createModelInput(manifest.frontEnd, manifest.architecture)(windowDb),
        dims,
      );
      const bareMs = median(await timesOf(() => session.run({ input })));
      await session.release();
      rows.push(
        { group: model, name: `open in Node, ${precision}`, value: openMs, unit: 'ms', runs: 1 },
        {
          group: model,
          name: `window in Node, ${threads} threads, ${precision}`,
          value: engineMs,
          unit: 'ms',
          runs,
          ratio: { to: 'bare runtime', value: engineMs / bareMs },
        },
        { group: model, name: `bare onnxruntime-node, ${precision}`, value: bareMs, unit: 'ms', runs },
      );
    }
  }
  return rows;
}
