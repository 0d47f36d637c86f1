/** A slot's thread: the network, and a decoder process of its own. One file at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { analyseWindows } from '#core/pipeline/analyseWindows.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { Analysed, WindowRelevance } from '#server/analysis/analysisPool.ts';
import { createDecoderProcess } from '#server/analysis/decoderProcess.ts';
import { messageWindows } from '#server/analysis/heardMessage.ts';
import { giveWay } from '#server/analysis/giveWay.ts';
import { createThreadModels } from '#server/analysis/threadModels.ts';
import type { ThreadAsk, ThreadJob, ThreadMessage, ThreadSettings } from '#server/analysis/threadMessages.ts';
import { nodeClock } from '#server/nodePorts.ts';
import { program } from '#server/program.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread');
const settings = workerData as ThreadSettings;
const send = (message: ThreadMessage): void => port.postMessage(message);

giveWay();
const models = createThreadModels(settings.models, settings.defaultModel, settings.threads);
const decoder = createDecoderProcess({
  ...settings.decoder,
  onProcess: (pid) => send({ kind: 'decoder', pid }),
  onBroken: (reason) => send({ kind: 'decoder-broken', reason }),
});

/** Failures of the runtime, after which a session is not used again. */
const brokenEngine: ReadonlySet<string> = new Set([
  'backend-lost',
  'backend-unavailable',
  'out-of-memory',
  'model-missing',
  'model-altered',
  'model-invalid',
]);

async function analyseFile(
  job: ThreadJob,
  cancel: AbortSignal,
): Promise<Result<Omit<Analysed, 'waitMs'>, ServiceError>> {
  const endMs = nodeClock.nowMs() + job.timeLimitMs;
  const overTime = (): boolean => nodeClock.nowMs() >= endMs;
  const signal = {
    get aborted() {
      return cancel.aborted || overTime();
    },
  };
  const stopped = (): ServiceError =>
    cancel.aborted
      ? serviceError('cancelled', 'cancelled by the one who asked')
      : serviceError('time-limit', `took longer than ${job.timeLimitMs} ms`, {
          limitSeconds: job.timeLimitMs / 1000,
        });

  const opened = await models.open(job.modelId);
  if (!opened.ok) return opened;
  const model = opened.value;
  const { manifest } = model.port;
  // The weights are read while the file is decoded, where this model is not open yet.
  void model.port.engine();
  const { frontEnd } = manifest;
  const { path, windows, name } = job;
  const heard = await decoder.hear(
    { path, windows, frontEnd, maxSeconds: settings.maxSeconds },
    endMs - nodeClock.nowMs(),
    cancel,
  );
  if (!heard.ok) return heard;
  if (signal.aborted) return err(stopped());
  const { timings } = heard.value;
  const track = messageWindows(heard.value, frontEnd);
  const report = await analyseWindows(
    {
      ...heard.value,
      name,
      windows: track,
      decodedAtMs: nodeClock.nowMs() - timings.resampleMs - timings.melMs,
    },
    { model: model.port, clock: nodeClock, program },
    { signal },
  );
  if (!report.ok) {
    if (brokenEngine.has(report.error.code)) await models.forget(job.modelId);
    return report.error.code === 'cancelled' ? err(stopped()) : report;
  }
  if (!job.relevance) return ok({ report: report.value, relevance: null });

  const opening = await model.relevance();
  if (!opening.ok) return opening;
  const genre = report.value.track.predictions[0]?.genre ?? '';
  const genreIndex = manifest.labels.findIndex(({ id }) => id === genre);
  const relevance: WindowRelevance[] = [];
  for (const [index, { silent, db }] of track.windows.entries()) {
    if (signal.aborted) return err(stopped());
    if (silent) continue;
    const shares = await opening.value.relevance(db(), genreIndex);
    if (!shares.ok) {
      await models.forget(job.modelId);
      return shares;
    }
    relevance.push({ index, genre, patches: Array.from(shares.value) });
  }
  return ok({ report: report.value, relevance });
}

/** A bug rejects, which ends the thread; the slot answers for it and starts another. */
async function answer(id: number, job: ThreadJob, cancel: AbortSignal): Promise<void> {
  const result = await analyseFile(job, cancel);
  running = null;
  send({ kind: 'analysed', id, result });
}

let running: { readonly id: number; readonly cancel: AbortController } | null = null;

port.on('message', (ask: ThreadAsk) => {
  switch (ask.kind) {
    case 'analyse': {
      const { id, job } = ask;
      const cancel = new AbortController();
      running = { id, cancel };
      void answer(id, job, cancel.signal);
      break;
    }
    case 'cancel':
      if (running?.id === ask.id) running.cancel.abort();
      break;
    case 'close':
      decoder.close();
      void models.dispose().then(() => port.close());
      break;
    default:
      ask satisfies never;
  }
});

decoder.warm();
const opening = await models.open(settings.defaultModel);
const engine = opening.ok ? await opening.value.port.engine() : opening;
if (!engine.ok) await models.forget(settings.defaultModel);
send({ kind: 'opened', result: engine.ok ? ok(undefined) : engine });
