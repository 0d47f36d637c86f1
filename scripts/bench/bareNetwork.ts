/** The network alone: onnxruntime-node with the service's graph, weights and windows, and nothing around it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { windowOf, windowStarts } from '#core/audio/windows.ts';
import { cpuPrecision, prepareVit } from '#core/graph/prepareVit.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { parseManifest } from '#core/model/parseManifest.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';

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

/** What a process of `bareSession.ts` is asked to do: so many windows, as soon as it is told. */
export interface BareAsk {
  readonly windows: number;
}

/**
 * Windows a second of `sessions` sessions with `threads` threads each, all of them at work; `count` windows in all. A
 * process each: `run` of onnxruntime-node 1.30 computes on the thread that calls it, so that two sessions in one thread take turns.
 */
export async function bareWindowsPerSecond(
  packageFolder: string,
  songPath: string,
  sessions: number,
  threads: number,
  count: number,
): Promise<number> {
  const children = Array.from({ length: sessions }, () =>
    fork(
      fileURLToPath(new URL('bareSession.ts', import.meta.url)),
      [packageFolder, songPath, String(threads)],
      { execArgv: ['--import', 'tsx'] },
    ),
  );
  const answers = async (): Promise<unknown[]> =>
    Promise.all(
      children.map(async (child) => {
        const [answer] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
        return answer;
      }),
    );
  const ready = await answers();
  if (!ready.every((answer) => answer === 'ready')) throw new Error('a bare session could not be opened');
  const asked = answers();
  const ask: BareAsk = { windows: Math.ceil(count / sessions) };
  for (const child of children) child.send(ask);
  const times = await asked;
  return times.reduce<number>((sum, ms) => sum + (1000 * ask.windows) / Number(ms), 0);
}

/** A session over the service's graph and weights, warm, and what runs one window in it. */
export async function openBareSession(
  packageFolder: string,
  songPath: string,
  threads: number,
): Promise<(window: number) => Promise<void>> {
  const parsed = parseManifest(JSON.parse(readFileSync(join(packageFolder, 'manifest.json'), 'utf8')));
  if (!parsed.ok) throw new Error(parsed.error.message);
  const manifest = parsed.value;
  const inputs = await inputsOf(songPath, manifest);
  const { inputChannels, imageSize } = manifest.architecture;
  const weights = readFileSync(join(packageFolder, manifest.weights.file));
  const prepared = prepareVit(manifest, weights, cpuPrecision(manifest));
  if (!prepared.ok) throw new Error(prepared.error.message);
  const { graph, weightsPath, weights: data } = prepared.value;
  const session = await InferenceSession.create(graph, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    externalData: [{ path: weightsPath, data }],
    extra: { session: { x64quantprecision: '1' } },
  });
  const run = async (index: number): Promise<void> => {
    const input = inputs[index % inputs.length] ?? new Float32Array();
    await session.run({ input: new Tensor('float32', input, [1, inputChannels, imageSize, imageSize]) }, [
      'logits',
      'rollout',
    ]);
  };
  for (const window of [0, 1]) await run(window);
  return run;
}
