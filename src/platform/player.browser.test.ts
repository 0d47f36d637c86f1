import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { designBandPass } from '#core/dsp/bandPassFir.ts';
import { encodeWav16 } from '#core/audio/wavFile.ts';
import { createAudioFileReader } from '#platform/decodeAudio.ts';
import { createPlayer, type Player, type PlayerStatus } from '#platform/player.ts';
import { exactSound } from '#platform/renderedSound.ts';

/**
 * What is heard is recorded by an AudioWorklet at the very end of the graph, with the number of each sample. When a sample
 * leaves the speakers is what the browser says (`getOutputTimestamp`); here it plays into a null sink. The sounds are
 * sweeps: the frequency that is heard says which moment of the track it is, at any speed.
 */

const fileRate = 44_100;
const sweepFrom = 300;
/** Hertz a second. */
const sweepBy = 600;

function sweep(seconds: number): Float32Array {
  const samples = new Float32Array(seconds * fileRate);
  for (let i = 0; i < samples.length; i += 1) {
    const t = i / fileRate;
    samples[i] = 0.5 * Math.sin(2 * Math.PI * (sweepFrom * t + (sweepBy * t * t) / 2));
  }
  return samples;
}

const wav = (samples: Float32Array): Blob =>
  new Blob([encodeWav16([samples], fileRate)], { type: 'audio/wav' });

const recorderSource = `registerProcessor('recorder', class extends AudioWorkletProcessor {
  process([[samples]]) {
    this.port.postMessage({ at: currentFrame, samples: samples?.slice() ?? new Float32Array(128) });
    return true;
  }
});`;

/** A moment of the page: its clock, the player's word, and what the output says. */
interface Moment {
  readonly position: number;
  /** Time of the context that is heard at this moment. */
  readonly heardAt: number;
}

interface Rig {
  readonly player: Player;
  readonly context: AudioContext;
  status(): PlayerStatus;
  /** Plays on for so long, noting a moment at each frame. */
  listen(milliseconds: number): Promise<Moment[]>;
  /** Everything that left the graph so far; silence where nothing did. */
  recorded(): { readonly first: number; readonly samples: Float32Array };
}

let open: Rig[] = [];

async function rig(): Promise<Rig> {
  const button = document.createElement('button');
  document.body.append(button);
  // Browsers keep sound that nobody asked for silent.
  await userEvent.click(button);
  button.remove();
  const context = new AudioContext({ latencyHint: 'playback', sampleRate: fileRate });
  const module = URL.createObjectURL(new Blob([recorderSource], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(module);
  const recorder = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 1 });
  recorder.connect(context.destination);
  const blocks: { at: number; samples: Float32Array }[] = [];
  recorder.port.onmessage = ({ data }: MessageEvent<{ at: number; samples: Float32Array }>) =>
    blocks.push(data);
  const player = createPlayer({ createContext: () => context, output: () => recorder });
  let status: PlayerStatus = { phase: 'empty', error: null, playing: false, durationSeconds: 0 };
  player.onChange((next) => {
    status = next;
  });
  const made: Rig = {
    player,
    context,
    status: () => status,
    listen: (milliseconds) =>
      new Promise((resolve) => {
        const moments: Moment[] = [];
        const until = performance.now() + milliseconds;
        const note = (): void => {
          const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
          moments.push({
            position: player.positionSeconds(),
            heardAt: contextTime + (performance.now() - performanceTime) / 1000,
          });
          if (performance.now() < until) requestAnimationFrame(note);
          else resolve(moments);
        };
        note();
      }),
    recorded: () => {
      const first = blocks[0]?.at ?? 0;
      const last = blocks.at(-1);
      const samples = new Float32Array(last === undefined ? 0 : last.at + last.samples.length - first);
      for (const block of blocks) samples.set(block.samples, block.at - first);
      return { first, samples };
    },
  };
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const { player, context } of open) {
    player.unload();
    await context.close();
  }
  open = [];
});

const until = async (condition: () => boolean, what: string): Promise<void> => {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > 15_000) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

async function loaded(sound: Blob): Promise<Rig> {
  const made = await rig();
  made.player.load(sound);
  await until(() => made.status().phase === 'ready', 'the sound is loaded');
  return made;
}

/** Frequency around a sample, from its upward zero crossings; null where it is silent. */
function frequencyAround(samples: Float32Array, middle: number, sampleRate: number): number | null {
  const reach = Math.round(0.02 * sampleRate);
  const crossings: number[] = [];
  for (let i = Math.max(0, middle - reach); i < Math.min(samples.length - 1, middle + reach); i += 1) {
    const [here, next] = [samples[i]!, samples[i + 1]!];
    if (here <= 0 && next > 0.001) crossings.push(i + here / (here - next));
  }
  const periods = crossings.slice(1).map((at, index) => at - crossings[index]!);
  const median = periods.toSorted((a, b) => a - b)[periods.length >> 1];
  return median === undefined || periods.length < 4 ? null : sampleRate / median;
}

/** For each moment how far the player's word is from what is heard, in seconds of the track. */
function errorsOf(made: Rig, moments: readonly Moment[]): number[] {
  const { context } = made;
  const { first, samples } = made.recorded();
  return moments.flatMap(({ position, heardAt }) => {
    const frequency = frequencyAround(
      samples,
      Math.round(heardAt * context.sampleRate) - first,
      context.sampleRate,
    );
    return frequency === null ? [] : [position - (frequency - sweepFrom) / sweepBy];
  });
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
const sizes = (values: readonly number[]): number[] => values.map((value) => Math.abs(value));

describe('the position and the sound', () => {
  it.each([
    { rate: 1, band: null },
    { rate: 1, band: { lowHz: 100, highHz: 6000 } },
    { rate: 0.5, band: null },
    { rate: 1.5, band: null },
  ])('agree within 20 ms at speed $rate, band $band', async ({ rate, band }) => {
    const made = await loaded(wav(sweep(8)));
    const { player } = made;
    player.setRate(rate);
    player.setBand(band);
    player.seek(2);
    player.play();
    await until(() => player.positionSeconds() > 2.3, 'it plays');
    const moments = await made.listen(900);
    player.pause();
    await new Promise((resolve) => setTimeout(resolve, 150));
    const errors = errorsOf(made, moments);
    expect(errors.length).toBeGreaterThan(20);
    expect(Math.abs(quantile(errors, 0.5))).toBeLessThan(0.015);
    expect(quantile(sizes(errors), 0.9)).toBeLessThan(0.02);
  });
});

/** How much later than `around` (samples) `piece` is found in `whole`, within `reach`; by normalised correlation. */
function lagOf(piece: Float32Array, whole: Float32Array, around: number, reach: number): number {
  let [best, lag] = [-Infinity, Number.NaN];
  for (let shift = -reach; shift <= reach; shift += 1) {
    const start = around + shift;
    if (start < 0 || start + piece.length > whole.length) continue;
    let [product, energy] = [0, 1e-9];
    for (let i = 0; i < piece.length; i += 1) {
      const sample = whole[start + i]!;
      product += sample * piece[i]!;
      energy += sample * sample;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > best) [best, lag] = [likeness, shift];
  }
  return lag;
}

describe('after a jump', () => {
  it.each(['cbr.mp3', 'vbr.mp3', 'vorbis.ogg', 'aac.m4a'])(
    'the sound of %s is where the picture has it',
    async (name) => {
      const response = await fetch(`/e2e/fixtures/audio/${name}`);
      const file = new File([await response.blob()], name);
      const never = new AbortController().signal;
      const decoded = await createAudioFileReader().decode(file, never, () => undefined);
      const exact = await exactSound(file, never);
      if (!decoded.ok || !exact.ok) throw new Error('the fixture decodes');
      const [left = new Float32Array(0)] = decoded.value.pcm.channels;
      const made = await loaded(exact.value ?? file);
      for (const seconds of [2.9, 1.3]) {
        made.player.seek(seconds);
        made.player.play();
        await until(() => made.player.positionSeconds() > seconds + 0.1, 'it plays');
        const [moment] = await made.listen(60);
        await made.listen(200);
        made.player.pause();
        await made.listen(50);
        const { first, samples } = made.recorded();
        const at = Math.round(moment!.heardAt * fileRate) - first;
        const piece = samples.slice(at - 2048, at);
        const around = Math.round(moment!.position * fileRate) - piece.length;
        expect(Math.abs(lagOf(piece, left, around, 0.2 * fileRate) / fileRate)).toBeLessThan(0.01);
      }
    },
  );
});

describe('a loop', () => {
  it('stays inside its stretch, starts it where it should, with a gap under 30 ms', async () => {
    const made = await loaded(wav(sweep(8)));
    const { player } = made;
    player.seek(3);
    player.setLoop({ startSeconds: 3, endSeconds: 3.6 });
    player.play();
    await until(() => player.positionSeconds() > 3.2, 'it plays');
    const moments = await made.listen(2100);
    player.pause();
    await new Promise((resolve) => setTimeout(resolve, 150));
    // The cursor: never outside by more than what it may be off.
    for (const { position } of moments) {
      expect(position).toBeGreaterThan(3 - 0.02);
      expect(position).toBeLessThan(3.6 + 0.02);
    }
    const falls = moments.slice(1).filter(({ position }, index) => position < moments[index]!.position - 0.3);
    expect(falls.length).toBeGreaterThanOrEqual(3);
    // The sound: nothing silent for 30 ms between its beginning and its end, nothing from after the stretch.
    const { samples } = made.recorded();
    const { sampleRate } = made.context;
    const audible = [...samples.keys()].filter((i) => Math.abs(samples[i]!) > 0.05);
    const gaps = audible.slice(1).map((at, index) => (at - audible[index]!) / sampleRate);
    expect(Math.max(...gaps)).toBeLessThan(0.03);
    const tops: number[] = [];
    for (let at = audible[0]! + 2000; at < audible.at(-1)! - 2000; at += 200) {
      const frequency = frequencyAround(samples, at, sampleRate);
      if (frequency !== null) tops.push((frequency - sweepFrom) / sweepBy);
    }
    expect(Math.max(...tops)).toBeLessThan(3.6 + 0.03);
    expect(quantile(tops, 0.02)).toBeGreaterThan(3 - 0.03);
  });
});

describe('what is heard', () => {
  it('is only the band, at its own level, and everything again', async () => {
    // Three tones, in the band and on either side of it.
    const tones = [300, 1000, 4000];
    const samples = new Float32Array(8 * fileRate);
    for (let i = 0; i < samples.length; i += 1)
      samples[i] = tones.reduce((sum, tone) => sum + 0.2 * Math.sin((2 * Math.PI * tone * i) / fileRate), 0);
    const made = await loaded(wav(samples));
    const { player, context } = made;
    player.play();
    /** Amplitude of each tone in the last quarter of a second, by projection. */
    const levels = (): number[] => {
      const { samples: heard } = made.recorded();
      const part = heard.subarray(heard.length - context.sampleRate / 4);
      return tones.map((tone) => {
        let [re, im] = [0, 0];
        part.forEach((sample, i) => {
          const phase = (2 * Math.PI * tone * i) / context.sampleRate;
          re += sample * Math.cos(phase);
          im += sample * Math.sin(phase);
        });
        return (2 * Math.hypot(re, im)) / part.length;
      });
    };
    await made.listen(600);
    for (const level of levels()) expect(level).toBeCloseTo(0.2, 1);
    const before = player.positionSeconds();
    const beforeMs = performance.now();
    player.setBand({ lowHz: 600, highHz: 2000 });
    await made.listen(600);
    const [below = 1, inside = 0, above = 1] = levels();
    expect(inside).toBeGreaterThan(0.19);
    expect(inside).toBeLessThan(0.21);
    expect(below).toBeLessThan(0.002);
    expect(above).toBeLessThan(0.002);
    // The place stays: no more than the time that passed, less the delay of the filter.
    const moved = player.positionSeconds() - before;
    expect(moved).toBeGreaterThan(0.4);
    expect(moved).toBeLessThan((performance.now() - beforeMs) / 1000 + 0.02);
    player.setBand(null);
    await made.listen(600);
    for (const level of levels()) expect(level).toBeCloseTo(0.2, 1);
    expect(designBandPass(600, 2000, context.sampleRate).latencySeconds).toBeGreaterThan(0.02);
  });

  it('goes on at the same place when another sound takes over, at the same speed', async () => {
    const made = await loaded(wav(sweep(6)));
    const { player } = made;
    player.setRate(1.25);
    player.seek(2);
    player.play();
    await until(() => player.positionSeconds() > 2.4, 'it plays');
    const before = player.positionSeconds();
    const beforeMs = performance.now();
    player.replace(wav(sweep(6)));
    await until(
      () => made.status().phase === 'ready' && player.positionSeconds() > before + 0.2,
      'it goes on',
    );
    const expected = before + (1.25 * (performance.now() - beforeMs)) / 1000;
    expect(made.status().playing).toBe(true);
    // Opening the other sound takes a moment; the sound waits for it and skips nothing.
    expect(player.positionSeconds()).toBeLessThan(expected + 0.02);
    expect(player.positionSeconds()).toBeGreaterThan(expected - 1);
    const moments = await made.listen(400);
    expect(moments.at(-1)!.position - moments[0]!.position).toBeGreaterThan(0.4);
    player.pause();
  });

  it('has the volume that was set', async () => {
    const made = await loaded(wav(sweep(4)));
    const { player, context } = made;
    const loudest = (): number => {
      const { samples } = made.recorded();
      return samples
        .subarray(samples.length - context.sampleRate / 10)
        .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    };
    player.setVolume(0.5);
    player.play();
    await made.listen(500);
    expect(loudest()).toBeCloseTo(0.25, 1);
    player.setVolume(0);
    await made.listen(500);
    expect(loudest()).toBeLessThan(0.001);
  });
});

describe('ends and failures', () => {
  it('stops at the end, and begins again from there', async () => {
    const made = await loaded(wav(sweep(1)));
    const { player } = made;
    expect(made.status().durationSeconds).toBeCloseTo(1, 3);
    player.play();
    await until(() => !made.status().playing, 'the end');
    expect(player.positionSeconds()).toBeCloseTo(1, 2);
    player.play();
    await until(
      () => made.status().playing && player.positionSeconds() > 0.1 && player.positionSeconds() < 0.9,
      'again',
    );
  });

  it('says that a sound cannot be decoded, and takes the next one', async () => {
    const made = await rig();
    made.player.load(new Blob(['no sound at all'], { type: 'audio/wav' }));
    await until(() => made.status().phase === 'failed', 'it fails');
    expect(made.status()).toMatchObject({ playing: false, error: { code: 'decode-failed' } });
    made.player.load(wav(sweep(1)));
    await until(() => made.status().phase === 'ready', 'the next is ready');
    expect(made.status().error).toBeNull();
  });
});
