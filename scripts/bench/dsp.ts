import FFT from 'fft.js';
import { downmix } from '#core/audio/downmix.ts';
import { resample } from '#core/audio/resample.ts';
import { createRealFft } from '#core/dsp/fft.ts';
import { hannWindow } from '#core/dsp/hann.ts';
import { createLogMelExtractor, type LogMelSettings } from '#core/dsp/logMel.ts';
import { buildSpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { median, type BenchRow } from './table.ts';

const warmUps = 3;
const runs = 9;
const modelRate = 22050;

/** Both front ends read 22 050 Hz with 2048-point frames; they differ in hop and bands. */
function settingsOf(hopLength: number, nMels: number): LogMelSettings {
  return {
    sampleRate: modelRate,
    nFft: 2048,
    winLength: 2048,
    hopLength,
    nMels,
    fMin: 0,
    fMax: modelRate / 2,
    dbFloorPower: 1e-10,
  };
}

/** One minute of chords over noise: no zeros that a processor could be quick or slow about. */
function minuteOf(sampleRate: number): Float32Array<ArrayBuffer> {
  let state = 1;
  return Float32Array.from({ length: 60 * sampleRate }, (_, n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = state / 2 ** 32 - 0.5;
    const t = (2 * Math.PI * n) / sampleRate;
    return 0.2 * Math.sin(220 * t) + 0.2 * Math.sin(277.2 * t) + 0.1 * noise;
  });
}

/** Median milliseconds of each task; the tasks take turns, so that a busy machine is busy for all of them. */
function measure(tasks: readonly (() => void)[]): number[] {
  const times = tasks.map((): number[] => []);
  for (let run = 0; run < warmUps + runs; run += 1) {
    for (const [i, task] of tasks.entries()) {
      const start = performance.now();
      task();
      if (run >= warmUps) times[i]!.push(performance.now() - start);
    }
  }
  return times.map(median);
}

const row = (name: string, value: number, ratio?: BenchRow['ratio']): BenchRow => ({
  group: 'dsp, one core, per minute of audio',
  name,
  value,
  unit: 'ms',
  runs,
  ...(ratio === undefined ? {} : { ratio }),
});

function melRows(): BenchRow[] {
  const minute = minuteOf(modelRate);
  return [
    [1024, 224],
    [512, 128],
  ].map(([hopLength, nMels]) => {
    const extractor = createLogMelExtractor(settingsOf(hopLength!, nMels!));
    const [value] = measure([() => extractor.logMel(minute)]);
    return row(`log-mel 2048/${hopLength}/${nMels}`, value!);
  });
}

/** The power spectra alone, beside the same work with fft.js: window, real transform, squared magnitude. */
function fftRow(): BenchRow {
  const size = 2048;
  const hop = 1024;
  const minute = minuteOf(modelRate);
  const window = hannWindow(size);
  const power = new Float64Array(size / 2 + 1);
  const ours = createRealFft(size);
  const peer = new FFT(size);
  const frame = new Float64Array(size);
  const spectrum = peer.createComplexArray();
  const [value, peerValue] = measure([
    () => {
      for (let at = 0; at + size <= minute.length; at += hop) {
        ours.windowedPower(minute, at, window, power);
      }
    },
    () => {
      for (let at = 0; at + size <= minute.length; at += hop) {
        for (let i = 0; i < size; i += 1) frame[i] = window[i]! * minute[at + i]!;
        peer.realTransform(spectrum, frame);
        for (let k = 0; k < power.length; k += 1) {
          const re = spectrum[2 * k]!;
          const im = spectrum[2 * k + 1]!;
          power[k] = re * re + im * im;
        }
      }
    },
  ]);
  return row('power spectra 2048/1024', value!, {
    to: 'fft.js 4.0',
    value: value! / peerValue!,
  });
}

function audioRows(): BenchRow[] {
  const resampling = [44_100, 48_000, 96_000].map((rate) => {
    const minute = minuteOf(rate);
    const [value] = measure([() => resample(minute, rate, modelRate)]);
    return row(`resample ${rate / 1000} to 22.05 kHz`, value!);
  });
  const channel = minuteOf(44_100);
  const [downmixing] = measure([() => downmix([channel, channel])]);
  const logMel = createLogMelExtractor(settingsOf(1024, 224)).logMel(minuteOf(modelRate));
  const [drawing] = measure([() => buildSpectrogramPyramid(logMel)]);
  return [
    ...resampling,
    row('downmix stereo at 44.1 kHz', downmixing!),
    row('spectrogram pyramid', drawing!),
  ];
}

/** The front end in this process, on one core: median of nine runs after three. */
export function benchDsp(): Promise<BenchRow[]> {
  return Promise.resolve([...melRows(), fftRow(), ...audioRows()]);
}
