/** The network alone: onnxruntime-node with the service's graph, weights and windows, and nothing around it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { windowOf, windowStarts } from '#core/audio/windows.ts';
import { cpuPrecision, prepareVit } from '#core/graph/prepareVit.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { parseManifest } from '#core/model/parseManifest.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { closedLoop } from './serviceProgram.ts';

/** The windows of a song as the network takes them. */
export async function inputsOf(path: string, manifest: ModelManifest): Promise<Float32Array[]> {
  const decoded = await decodeAudioFile(path, () => performance.now());
  if (!decoded.ok) throw new Error(decoded.error.message);
  const prepared = prepareTrack(decoded.value.pcm, manifest.frontEnd, () => performance.now());
  if (!prepared.ok) throw new Error(prepared.error.message);
  const { logMel } = prepared.value;
  const toInput = createModelInput(manifest.frontEnd, manifest.architecture);
  return windowStarts(logMel.nFrames, manifest.frontEnd).map((start) =>
    toInput(windowOf(logMel, start, manifest.frontEnd)),
  );
}

/** Windows a second of `sessions` sessions with `threads` threads each, all of them at work; `count` windows in all. */
export async function bareWindowsPerSecond(
  packageFolder: string,
  songPath: string,
  sessions: number,
  threads: number,
  count: number,
): Promise<number> {
  const parsed = parseManifest(JSON.parse(readFileSync(join(packageFolder, 'manifest.json'), 'utf8')));
  if (!parsed.ok) throw new Error(parsed.error.message);
  const manifest = parsed.value;
  const inputs = await inputsOf(songPath, manifest);
  const { inputChannels, imageSize } = manifest.architecture;
  const weights = readFileSync(join(packageFolder, manifest.weights.file));
  const prepared = prepareVit(manifest, weights, cpuPrecision(manifest));
  if (!prepared.ok) throw new Error(prepared.error.message);
  const { graph, weightsPath, weights: data } = prepared.value;
  const opened = await Promise.all(
    Array.from({ length: sessions }, () =>
      InferenceSession.create(graph, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        externalData: [{ path: weightsPath, data }],
        extra: { session: { x64quantprecision: '1' } },
      }),
    ),
  );
  const free = [...opened];
  const run = async (index: number): Promise<void> => {
    const session = free.pop();
    if (session === undefined) throw new Error('more runs than sessions');
    const input = inputs[index % inputs.length] ?? new Float32Array();
    await session.run({ input: new Tensor('float32', input, [1, inputChannels, imageSize, imageSize]) }, [
      'logits',
      'rollout',
    ]);
    free.push(session);
  };
  await closedLoop(2 * sessions, sessions, run);
  const ms = await closedLoop(count, sessions, run);
  await Promise.all(opened.map((session) => session.release()));
  return (1000 * count) / ms;
}
