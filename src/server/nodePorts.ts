import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import type { Clock, FrontEndPort } from '#core/pipeline/ports.ts';

export const nodeClock: Clock = {
  nowMs: () => performance.now(),
  isoDate: () => new Date().toISOString(),
};

/** The front end on the calling thread: a command line has nothing else to do. */
export const nodeFrontEnd: FrontEndPort = {
  prepare: (pcm, frontEnd) => Promise.resolve(prepareTrack(pcm, frontEnd, () => nodeClock.nowMs())),
};
