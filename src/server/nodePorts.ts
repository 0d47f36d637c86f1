import type { PcmAudio } from '#core/audio/pcm.ts';
import { describeTrack, type MonoSound } from '#core/descriptors/describeTrack.ts';
import { analysisError } from '#core/errors.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import type { Clock, FrontEndPort } from '#core/pipeline/ports.ts';
import { err, ok } from '#core/result.ts';

export const nodeClock: Clock = {
  nowMs: () => performance.now(),
  isoDate: () => new Date().toISOString(),
};

/** The samples of the track prepared last, until they are described. */
let kept: { readonly pcm: PcmAudio; readonly mono: MonoSound } | null = null;

/** The front end on the calling thread: a command line has nothing else to do. */
export const nodeFrontEnd: FrontEndPort = {
  async prepare(pcm, frontEnd) {
    kept = null;
    return prepareTrack(
      pcm,
      frontEnd,
      () => nodeClock.nowMs(),
      undefined,
      (mono) => {
        kept = { pcm, mono };
      },
    );
  },
  async describe() {
    if (kept === null) return err(analysisError('internal', 'no track to describe'));
    const { pcm, mono } = kept;
    kept = null;
    return ok(describeTrack(pcm, mono));
  },
};
