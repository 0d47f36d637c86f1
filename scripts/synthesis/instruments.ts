/**
 * A few instruments, each a function that adds one note to a mix. Times in seconds, pitches as MIDI note numbers
 * (69 = 440 Hz), gains linear. Deterministic: noise comes from a seeded generator.
 */

export const sampleRate = 22_050;

/** Uniform noise in -1..1 (mulberry32), the same for the same seed on every machine. */
export function seededNoise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2_147_483_648 - 1;
  };
}

export const pitchToHertz = (pitch: number): number => 440 * 2 ** ((pitch - 69) / 12);

/** A mix under construction. Notes that start or end outside it are cut. */
export type Mix = Float64Array;

export const newMix = (seconds: number): Mix => new Float64Array(Math.round(seconds * sampleRate));

/** Adds `gain * voice(t)` for t in 0..seconds (from the note's start), faded out over its last 5 ms. */
function addVoice(
  mix: Mix,
  start: number,
  seconds: number,
  gain: number,
  voice: (t: number) => number,
): void {
  const first = Math.round(start * sampleRate);
  const count = Math.round(seconds * sampleRate);
  const fade = Math.round(0.005 * sampleRate);
  for (let i = 0; i < count && first + i < mix.length; i++) {
    const value = voice(i / sampleRate) * gain * Math.min(1, (count - i) / fade);
    if (first + i >= 0) mix[first + i] = (mix[first + i] ?? 0) + value;
  }
}

/** Sum of sines at the harmonics of `frequency` that lie below Nyquist: `amplitude(n)` is that of harmonic n. */
function harmonics(
  frequency: number,
  phase: number,
  limit: number,
  amplitude: (n: number) => number,
): number {
  const highest = Math.min(limit, Math.floor((sampleRate * 0.45) / frequency));
  let sum = 0;
  for (let n = 1; n <= highest; n++) sum += amplitude(n) * Math.sin(phase * n);
  return sum;
}

const attackRelease = (t: number, seconds: number, attack: number, release: number): number =>
  Math.min(1, t / attack, Math.max(0, (seconds - t) / release));

export function addKick(mix: Mix, start: number, gain: number): void {
  addVoice(mix, start, 0.3, gain, (t) => {
    // the pitch falls from 160 Hz to 48 Hz; the phase is the integral of that fall
    const phase = 2 * Math.PI * (48 * t + (112 / 28) * (1 - Math.exp(-28 * t)));
    return Math.sin(phase) * Math.exp(-9 * t);
  });
}

export function addSnare(mix: Mix, start: number, gain: number, noise: () => number): void {
  let previous = 0;
  addVoice(mix, start, 0.2, gain, (t) => {
    const white = noise();
    const bright = white - 0.6 * previous;
    previous = white;
    return 0.7 * bright * Math.exp(-18 * t) + 0.6 * Math.sin(2 * Math.PI * 190 * t) * Math.exp(-24 * t);
  });
}

export function addHat(mix: Mix, start: number, gain: number, noise: () => number, decay = 60): void {
  let first = 0;
  let second = 0;
  addVoice(mix, start, 4 / decay + 0.02, gain, (t) => {
    const white = noise();
    // second difference: almost all of what is left lies above 5 kHz
    const high = white - 2 * first + second;
    second = first;
    first = white;
    return 0.3 * high * Math.exp(-decay * t);
  });
}

/** A saw-like synthesiser whose upper harmonics close as the note decays. */
export function addSynth(
  mix: Mix,
  start: number,
  seconds: number,
  pitch: number,
  gain: number,
  decay = 5,
): void {
  const frequency = pitchToHertz(pitch);
  addVoice(mix, start, seconds, gain, (t) => {
    const brightness = 0.25 + 0.75 * Math.exp(-decay * t);
    const phase = 2 * Math.PI * frequency * t;
    return (
      harmonics(frequency, phase, 14, (n) => brightness ** (n - 1) / n) *
      attackRelease(t, seconds, 0.004, 0.03) *
      Math.exp(-0.6 * decay * t * 0.5)
    );
  });
}

/** A soft bass: a sine with a little second and third harmonic. */
export function addBass(mix: Mix, start: number, seconds: number, pitch: number, gain: number): void {
  const frequency = pitchToHertz(pitch);
  addVoice(mix, start, seconds, gain, (t) => {
    const phase = 2 * Math.PI * frequency * t;
    return (
      (Math.sin(phase) + 0.35 * Math.sin(2 * phase) + 0.12 * Math.sin(3 * phase)) *
      attackRelease(t, seconds, 0.008, 0.04) *
      Math.exp(-1.5 * t)
    );
  });
}

/** A section of three slightly detuned bowed strings with late vibrato. */
export function addStrings(mix: Mix, start: number, seconds: number, pitch: number, gain: number): void {
  const frequency = pitchToHertz(pitch);
  for (const [player, detune] of [-0.0023, 0, 0.0031].entries()) {
    const rate = 5.1 + 0.35 * player;
    addVoice(mix, start, seconds, gain / 3, (t) => {
      const depth = 0.035 * Math.min(1, t / 0.6);
      const phase =
        2 * Math.PI * frequency * (1 + detune) * t +
        depth * Math.sin(2 * Math.PI * rate * t + 1.7 * player) * 3;
      return (
        harmonics(frequency, phase, 16, (n) => (1 / n ** 1.25) * (n % 5 === 0 ? 0.6 : 1)) *
        attackRelease(t, seconds, 0.12, 0.25)
      );
    });
  }
}

/** A plucked string (Karplus-Strong), used for guitars. `damping` 0..1: how dark it is. */
export function addPluck(
  mix: Mix,
  start: number,
  seconds: number,
  pitch: number,
  gain: number,
  noise: () => number,
  damping = 0.5,
): void {
  const period = sampleRate / pitchToHertz(pitch);
  const length = Math.max(2, Math.floor(period - 0.5));
  // an all-pass filter supplies the fraction of a sample that the delay line lacks, so that the string is in tune
  const fraction = period - 0.5 - length;
  const allPass = (1 - fraction) / (1 + fraction);
  const line = Array.from({ length }, () => noise());
  let position = 0;
  let previous = 0;
  let passIn = 0;
  let passOut = 0;
  addVoice(mix, start, seconds, gain, (t) => {
    const current = line[position] ?? 0;
    const smoothed = 0.996 * ((1 - damping) * current + damping * previous);
    previous = current;
    passOut = allPass * smoothed + passIn - allPass * passOut;
    passIn = smoothed;
    line[position] = passOut;
    position = (position + 1) % length;
    return current * attackRelease(t, seconds, 0.001, 0.02);
  });
}

/** A flute-like solo voice: few harmonics, breath, vibrato that grows. */
export function addFlute(
  mix: Mix,
  start: number,
  seconds: number,
  pitch: number,
  gain: number,
  noise: () => number,
): void {
  const frequency = pitchToHertz(pitch);
  let breath = 0;
  addVoice(mix, start, seconds, gain, (t) => {
    const vibrato = 0.25 * Math.min(1, t / 0.5) * Math.sin(2 * Math.PI * 5.3 * t);
    const phase = 2 * Math.PI * frequency * t + vibrato;
    breath = 0.85 * breath + 0.15 * noise();
    return (
      (Math.sin(phase) + 0.32 * Math.sin(2 * phase) + 0.12 * Math.sin(3 * phase) + 0.08 * breath) *
      attackRelease(t, seconds, 0.06, 0.09)
    );
  });
}

/** Soft clipping with a following low-pass like a guitar cabinet, in place; `drive` 1 is almost clean. */
export function distort(mix: Mix, drive: number): void {
  let low = 0;
  let lower = 0;
  mix.forEach((sample, i) => {
    low += 0.55 * (Math.tanh(sample * drive) - low);
    lower += 0.7 * (low - lower);
    mix[i] = lower;
  });
}

/** A small room: four feedback delays, mixed under the dry sound. */
export function addRoom(mix: Mix, wet: number, decay: number): void {
  const dry = Float64Array.from(mix);
  for (const milliseconds of [29.7, 37.1, 41.1, 53.3]) {
    const delay = Math.round((milliseconds / 1000) * sampleRate);
    const tail = new Float64Array(mix.length);
    for (let i = delay; i < mix.length; i++) {
      tail[i] = (dry[i - delay] ?? 0) + decay * (tail[i - delay] ?? 0);
      mix[i] = (mix[i] ?? 0) + (wet / 4) * (tail[i] ?? 0);
    }
  }
}

export function addInto(target: Mix, source: Mix, gain: number): void {
  source.forEach((sample, i) => {
    target[i] = (target[i] ?? 0) + gain * sample;
  });
}

/** Scales the peak to `peak` and fades both ends (10 ms in, 300 ms out) so that a sample can be looped without a click. */
export function master(mix: Mix, peak = 0.89): Mix {
  let highest = 0;
  for (const sample of mix) highest = Math.max(highest, Math.abs(sample));
  const gain = highest > 0 ? peak / highest : 0;
  return mix.map((sample, i) => {
    const fadeIn = i / (0.01 * sampleRate);
    const fadeOut = (mix.length - 1 - i) / (0.3 * sampleRate);
    return sample * gain * Math.min(1, fadeIn, fadeOut);
  });
}
