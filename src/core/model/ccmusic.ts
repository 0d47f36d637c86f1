import { readTorchSave } from '#core/checkpoint/torchSave.ts';
import { readVitCheckpoint } from '#core/checkpoint/vitCheckpoint.ts';
import { writeSafetensors } from '#core/checkpoint/writeSafetensors.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { FrontEnd, ModelLabel, ModelManifest, VitArchitecture } from '#core/model/manifest.ts';
import { err, ok, type Result } from '#core/result.ts';

/** Classes of the ccmusic music_genre checkpoints, in the order of their logits. */
export const ccmusicLabels: readonly ModelLabel[] = (
  [
    ['Symphony', 'Symphony', '交响乐'],
    ['Opera', 'Opera', '歌剧'],
    ['Solo', 'Solo', '独奏'],
    ['Chamber', 'Chamber', '室内乐'],
    ['Pop_vocal_ballad', 'Pop vocal ballad', '流行抒情'],
    ['Adult_contemporary', 'Adult contemporary', '成人当代'],
    ['Teen_pop', 'Teen pop', '青少年流行'],
    ['Contemporary_dance_pop', 'Contemporary dance pop', '当代流行舞曲'],
    ['Dance_pop', 'Dance pop', '流行舞曲'],
    ['Classic_indie_pop', 'Classic indie pop', '经典独立流行'],
    ['Chamber_cabaret_and_art_pop', 'Chamber cabaret and art pop', '室内卡巴莱与艺术流行'],
    ['Soul_or_r_and_b', 'Soul or R&B', '灵魂乐或节奏布鲁斯'],
    ['Adult_alternative_rock', 'Adult alternative rock', '成人另类摇滚'],
    ['Uplifting_anthemic_rock', 'Uplifting anthemic rock', '激昂颂歌摇滚'],
    ['Soft_rock', 'Soft rock', '软摇滚'],
    ['Acoustic_pop', 'Acoustic pop', '原声流行'],
  ] as const
).map(([id, en, zh]) => ({ id, en, zh, experimental: false }));

/** A clip of 11.4 s at 22 050 Hz and hop 512 has 1 + floor(251 370 / 512) frames. */
const windowFrames = 1 + Math.floor((11.4 * 22_050) / 512);

/**
 * The front end of the ccmusic music_genre checkpoints: librosa's defaults, clips of 11.4 s one after the other in the middle of the track, drawn as
 * `specshow` draws and matplotlib saves them. A height of 369.6 pixels is what matplotlib's default figure has (see `drawMagmaPicture`).
 */
export const ccmusicFrontEnd: FrontEnd = {
  sampleRate: 22_050,
  resampler: 'soxr-hq',
  nFft: 2048,
  winLength: 2048,
  hopLength: 512,
  window: 'hann-periodic',
  center: true,
  padMode: 'zero',
  nMels: 128,
  fMin: 0,
  fMax: 11_025,
  melScale: 'slaney',
  melNorm: 'slaney',
  power: 2,
  dbReference: 'window-max',
  dbFloorPower: 1e-10,
  topDb: 80,
  windowFrames,
  windowHopFrames: windowFrames,
  windowPlacement: 'centred',
  shortTrack: 'tile',
  silenceMaxMelPower: 1e-7,
  input: {
    kind: 'magma-picture',
    rasterWidth: 496,
    rasterHeight: 369.6,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
};

export interface CcmusicImport {
  readonly id: string;
  /** File name and lower-case hex SHA-256 of the checkpoint, for the record. */
  readonly source: { readonly name: string; readonly sha256: string };
  /** Number of attention heads; without it width / 64. */
  readonly heads?: number;
}

export interface ImportedModel {
  /** The whole of `model.safetensors`. */
  readonly weights: Uint8Array<ArrayBuffer>;
  /** What the manifest says, once the weights' SHA-256 is known. */
  readonly manifest: (weightsSha256: string) => ModelManifest;
  readonly card: string;
}

/** Name of the weights file inside the package. */
const weightsFile = 'model.safetensors';

/**
 * Turns a ccmusic `vit_b_16` checkpoint (torch.save of the state_dict) into a model package: float32 weights under torchvision's names,
 * architecture from the shapes, the preset's classes and front end. The same checkpoint gives the same bytes.
 *
 * Fails with `checkpoint-refused`; the message names the opcode, global, tensor or size that was found.
 */
export function importCcmusic(
  bytes: Uint8Array,
  { id, source, heads }: CcmusicImport,
): Result<ImportedModel, AnalysisError> {
  const checkpoint = readTorchSave(bytes);
  if (!checkpoint.ok) return checkpoint;
  const vit = readVitCheckpoint(checkpoint.value, heads);
  if (!vit.ok) return vit;
  const { architecture, tensors } = vit.value;
  const classes = architecture.classifier.at(-1)!;
  if (classes !== ccmusicLabels.length)
    return refusedFor(`the classifier ends with ${classes} classes, ccmusic has ${ccmusicLabels.length}`, {
      classes,
    });
  if (architecture.inputChannels !== 3)
    return refusedFor(
      `conv_proj.weight reads ${architecture.inputChannels} channels, ccmusic pictures have 3`,
      {
        tensor: 'conv_proj.weight',
      },
    );
  const weights = writeSafetensors(tensors, { format: 'pt', source_sha256: source.sha256 });
  return ok({
    weights,
    manifest: (sha256) => ({
      schemaVersion: 1,
      id,
      version: `imported-${source.sha256.slice(0, 12)}`,
      labels: ccmusicLabels,
      architecture,
      frontEnd: ccmusicFrontEnd,
      aggregation: { kind: 'mean-softmax', reportVote: true },
      temperature: 1,
      weights: { file: weightsFile, bytes: weights.length, sha256, linear: 'float32', layout: 'out-in' },
      metrics: {},
      licence: "As granted by the checkpoint's publisher; not known to this program.",
    }),
    card: cardOf(id, source, architecture),
  });
}

const refusedFor = (
  message: string,
  details: Readonly<Record<string, string | number>>,
): Result<never, AnalysisError> => err(analysisError('checkpoint-refused', message, details));

function cardOf(id: string, source: CcmusicImport['source'], architecture: VitArchitecture): string {
  const { hiddenSize, layers, heads, mlpSize, imageSize, patchSize, classifier } = architecture;
  return `# Model card: ${id}

Imported from a ccmusic music_genre checkpoint; the weights are its own, unchanged, stored as float32.

- Origin: \`${source.name.replaceAll(/[`\p{C}]/gu, '?')}\`, SHA-256 \`${source.sha256}\`
- Network: ViT, image ${imageSize}, patch ${patchSize}, width ${hiddenSize}, ${layers} layers, ${heads} heads, MLP ${mlpSize}, classifier ${[hiddenSize, ...classifier].join('-')}
- Input: 11.4 s of sound as a mel spectrogram (22 050 Hz, 128 bands, 80 dB), drawn with the magma map, RGB
- Classes: ${ccmusicLabels.map(({ id: label }) => label).join(', ')}

## How good it is
Not measured here. Nothing is known to this program about the data it was trained on, and its probabilities are not calibrated (temperature 1).
The publisher took a majority vote over windows; here the track is the mean of the windows' probabilities, and the vote is reported beside it.

## Licence
As granted by the checkpoint's publisher.
`;
}
