/**
 * The runtime alone, in the same browser as the page: the same graph, the same weights, no workers, no pipeline. What the
 * page takes more than this is ours.
 */
import { readSafetensors } from '#core/checkpoint/safetensors.ts';
import { dequantise } from '#core/graph/dequantise.ts';
import { buildVitGraph } from '#core/graph/vit.ts';
import { parseManifest } from '#core/model/parseManifest.ts';

declare global {
  interface Window {
    bareRuntime(request: BareRequest): Promise<BareAnswer>;
  }
}

export interface BareRequest {
  readonly modelUrl: string;
  readonly backend: 'webgpu' | 'wasm';
  readonly threads: number;
  readonly precision: 'int8' | 'float32';
  readonly runs: number;
}

export interface BareAnswer {
  readonly sessionMs: number;
  readonly runMs: readonly number[];
}

window.bareRuntime = async ({ modelUrl, backend, threads, precision, runs }) => {
  const manifest = parseManifest(await (await fetch(`${modelUrl}/manifest.json`)).json());
  if (!manifest.ok) throw new Error(manifest.error.message);
  const { architecture, weights } = manifest.value;
  const file = readSafetensors(
    new Uint8Array(await (await fetch(`${modelUrl}/${weights.file}`)).arrayBuffer()),
  );
  if (!file.ok) throw new Error(file.error.message);
  const external =
    precision === 'int8' || weights.linear !== 'int8-rows'
      ? file.value
      : dequantise(file.value, weights.layout, 'float32');
  const graph = buildVitGraph(architecture, external.tensors, {
    precision,
    weightsFile: weights.file,
    layout: weights.layout,
  });
  if (!graph.ok) throw new Error(graph.error.message);
  const ort =
    backend === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = threads;
  const start = performance.now();
  const session = await ort.InferenceSession.create(graph.value, {
    executionProviders: [backend],
    externalData: [{ path: weights.file, data: external.bytes }],
  });
  const sessionMs = performance.now() - start;
  const { inputChannels, imageSize } = architecture;
  const values = new Float32Array(inputChannels * imageSize * imageSize);
  for (let index = 0; index < values.length; index++) values[index] = Math.sin(index);
  const input = new ort.Tensor('float32', values, [1, inputChannels, imageSize, imageSize]);
  const runMs: number[] = [];
  for (let index = 0; index < runs + 1; index++) {
    const runStart = performance.now();
    await session.run({ input });
    if (index > 0) runMs.push(performance.now() - runStart);
  }
  await session.release();
  return { sessionMs, runMs };
};
