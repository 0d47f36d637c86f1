/** Sounds that a formula or a seed gives, for tests. Amplitudes are nominal: 1 is full scale. */

/** Even numbers from -1 to 1, the same for the same seed. */
export function seededNoise(seed = 1): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

const samplesOf = (seconds: number, sampleRate: number): number => Math.round(seconds * sampleRate);

export function tone(
  hz: number,
  seconds: number,
  sampleRate = 22_050,
  amplitude = 0.5,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: samplesOf(seconds, sampleRate) },
    (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / sampleRate),
  );
}

export function whiteNoise(
  seconds: number,
  sampleRate = 22_050,
  amplitude = 0.3,
  seed = 1,
): Float32Array<ArrayBuffer> {
  const noise = seededNoise(seed);
  return Float32Array.from({ length: samplesOf(seconds, sampleRate) }, () => amplitude * noise());
}

/** Noise whose power falls by 3 dB an octave: P. Kellet's filter of white noise. */
export function pinkNoise(seconds: number, sampleRate = 22_050, amplitude = 0.1): Float32Array<ArrayBuffer> {
  const noise = seededNoise(2);
  const poles = [0.998_86, 0.993_32, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.055_517_9, 0.075_075_9, 0.153_852, 0.310_485_6, 0.532_952_2, -0.016_898];
  const states = poles.map(() => 0);
  let late = 0;
  return Float32Array.from({ length: samplesOf(seconds, sampleRate) }, () => {
    const white = noise();
    let sum = late + white * 0.5362;
    for (const [i, pole] of poles.entries()) {
      states[i] = pole * states[i]! + white * gains[i]!;
      sum += states[i];
    }
    late = white * 0.115_926;
    return amplitude * sum;
  });
}

/** Noise whose power falls by 6 dB an octave: white noise through a leaky integrator. */
export function brownNoise(
  seconds: number,
  sampleRate = 22_050,
  amplitude = 0.05,
): Float32Array<ArrayBuffer> {
  const noise = seededNoise(3);
  let level = 0;
  return Float32Array.from({ length: samplesOf(seconds, sampleRate) }, () => {
    level = 0.998 * level + amplitude * noise();
    return level;
  });
}

/** Short decaying tones of 1 kHz, one a beat from the start on. */
export function clicks(
  beatsPerMinute: number,
  seconds: number,
  sampleRate = 22_050,
): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(samplesOf(seconds, sampleRate));
  for (let beat = 0; ; beat += 1) {
    const start = Math.floor((beat * 60 * sampleRate) / beatsPerMinute + 0.5);
    if (start >= samples.length) return samples;
    for (let n = 0; n < 2000 && start + n < samples.length; n += 1)
      samples[start + n]! += Math.exp(-n / 200) * Math.sin((2 * Math.PI * 1000 * n) / sampleRate);
  }
}
