import { describe, expect, it } from 'vitest';
import { createLogMelExtractor } from '#core/dsp/logMel.ts';
import { acousticsenseFrontEnd } from '#core/testing/frontEnds.ts';
import { failureOf } from '#workers/dsp/failure.ts';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('failureOf', () => {
  it('knows memory that this engine cannot give', () => {
    const error = thrownBy(() => new Float32Array(2 ** 50));
    expect(failureOf(error).code).toBe('out-of-memory');
    expect(failureOf(new RangeError('Array buffer allocation failed')).code).toBe('out-of-memory');
  });

  it('calls settings that no manifest can have a bug, with what was wrong', () => {
    const error = thrownBy(() => createLogMelExtractor({ ...acousticsenseFrontEnd, nFft: 3000 }));
    expect(failureOf(error)).toEqual({
      code: 'internal',
      message: 'dsp worker: FFT size must be a power of two from 8 to 2^24, got 3000',
    });
    expect(failureOf('text').code).toBe('internal');
  });
});
