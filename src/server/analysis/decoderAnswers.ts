import { writeFileSync } from 'node:fs';
import { err, type Result } from '#core/result.ts';
import type { DecoderAsk, DecoderMessage, HeardMessage } from '#server/analysis/heardMessage.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

const send = (message: DecoderMessage): void => {
  process.send?.(message);
};

/**
 * Runs a decoder process: answers what its parent asks, one file at a time, until the parent goes.
 *
 * @param hear `hearFile`; a test gives one that breaks.
 */
export function answerDecoderAsks(
  hear: (ask: DecoderAsk) => Promise<Result<HeardMessage, ServiceError>>,
): void {
  // A terminal and a service manager send these to the whole group; when this process ends is the parent's decision.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  try {
    // Where memory runs out, the kernel takes this process first: it costs one file.
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // not Linux, or not allowed: the kernel decides by size
  }
  const answer = async (ask: DecoderAsk): Promise<void> => {
    send({ kind: 'begun', id: ask.id });
    let result: Result<HeardMessage, ServiceError>;
    try {
      result = await hear(ask);
    } catch (cause) {
      const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      result = err(serviceError('internal', what));
    }
    send({ kind: 'heard', id: ask.id, result, residentBytes: process.memoryUsage.rss() });
  };
  process.on('message', (ask: DecoderAsk) => void answer(ask));
}
