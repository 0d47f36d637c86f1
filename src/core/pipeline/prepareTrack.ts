import { monoSource } from '#core/audio/downmix.ts';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { resampleSource } from '#core/audio/resample.ts';
import { silenceThresholdDb } from '#core/audio/windows.ts';
import { createLogMelExtractor, type LogMelExtractor } from '#core/dsp/logMel.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import type { MonoSound } from '#core/descriptors/describeTrack.ts';
import type { PreparedTrack, TrackSpectrogram } from '#core/pipeline/ports.ts';
import { buildSpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { waveformOverview } from '#core/render/waveformOverview.ts';
import { err, ok, type Result } from '#core/result.ts';

/** Rates that a file may have, in hertz: beyond what any recording uses on both sides. */
const lowestSampleRate = 1000;
const highestSampleRate = 768_000;

/**
 * Decoded sound to what the windows are cut from: the mean of the channels, resampled to the front end's rate, as a log-mel
 * spectrogram. A pure function of its input but for the timings. Beside its input it needs memory for the resampled mono
 * sound and the spectrogram: about 110 kB a second at 22 050 Hz, hop 1024 and 224 bands.
 *
 * @param pcm One array per channel, all of one length, at a whole number of hertz from 1000 to 768 000. Only read.
 * @param nowMs The host's monotonic clock, in milliseconds.
 * @param extractor Tables of this front end, if the caller keeps them from track to track.
 * @param onMono Receives the resampled mono sound, for who wants more of it.
 * @param skipSamples Resampled samples that are left out at the start, before the spectrogram begins.
 * @returns `no-samples` for sound of no length, `decode-failed` for a sample rate that no recording has.
 */
export function prepareSpectrogram(
  pcm: PcmAudio,
  frontEnd: FrontEnd,
  nowMs: () => number,
  extractor: LogMelExtractor = createLogMelExtractor(frontEnd),
  onMono: (mono: MonoSound) => void = () => undefined,
  skipSamples = 0,
): Result<TrackSpectrogram, AnalysisError> {
  const { channels, sampleRate } = pcm;
  const length = channels[0]?.length ?? 0;
  if (length === 0) {
    return err(
      analysisError('no-samples', `decoded to no samples in ${channels.length} channels`, {
        channels: channels.length,
      }),
    );
  }
  const isRate = Number.isInteger(sampleRate);
  if (!isRate || sampleRate < lowestSampleRate || sampleRate > highestSampleRate) {
    return err(
      analysisError('decode-failed', `decoded to a sample rate of ${sampleRate} Hz`, {
        sampleRate: Number(sampleRate),
      }),
    );
  }

  const start = nowMs();
  const source = monoSource(channels);
  const samples = resampleSource(source, sampleRate, frontEnd.sampleRate, frontEnd.resampler);
  const resampled = nowMs();
  onMono({ samples, sampleRate: frontEnd.sampleRate });
  const logMel = extractor.logMel(skipSamples === 0 ? samples : samples.subarray(skipSamples));
  return ok({
    logMel,
    durationSeconds: length / sampleRate,
    nonFiniteSamples: source.nonFiniteSamples,
    timings: { resampleMs: resampled - start, melMs: nowMs() - resampled },
  });
}

/**
 * As `prepareSpectrogram`, with what the track's picture and its waveform are painted from: another 20 kB a second.
 */
export function prepareTrack(
  pcm: PcmAudio,
  frontEnd: FrontEnd,
  nowMs: () => number,
  extractor: LogMelExtractor = createLogMelExtractor(frontEnd),
  onMono: (mono: MonoSound) => void = () => undefined,
): Result<PreparedTrack, AnalysisError> {
  let samples: Float32Array = new Float32Array();
  const prepared = prepareSpectrogram(pcm, frontEnd, nowMs, extractor, (mono) => {
    samples = mono.samples;
    onMono(mono);
  });
  if (!prepared.ok) return prepared;
  const start = nowMs();
  const picture = buildSpectrogramPyramid(prepared.value.logMel, silenceThresholdDb(frontEnd));
  const waveform = waveformOverview(samples);
  const timings = { ...prepared.value.timings, pictureMs: nowMs() - start };
  return ok({ ...prepared.value, picture, waveform, timings });
}
