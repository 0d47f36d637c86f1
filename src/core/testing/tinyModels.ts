import { readSafetensors, tensorFloat32 } from '#core/checkpoint/safetensors.ts';
import type { TensorToWrite } from '#core/checkpoint/writeSafetensors.ts';
import { writeSafetensors } from '#core/checkpoint/writeSafetensors.ts';
import type { ModelManifest, VitArchitecture, WeightsFile } from '#core/model/manifest.ts';
import { librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { testManifest } from '#core/testing/manifest.ts';

export const tinyModelNames = ['tiny_linear', 'tiny_ccmusic'] as const;
export type TinyModelName = (typeof tinyModelNames)[number];

/** Pictures in each of the tiny models' reference batches. */
export const tinyBatch = 2;

/** The reference models of 3 layers, 2 heads and width 64, with a linear head and with the four-layer head. */
export function tinyManifest(
  name: TinyModelName,
  weights: Pick<WeightsFile, 'linear' | 'layout'> = { linear: 'float32', layout: 'out-in' },
): ModelManifest {
  const architecture: VitArchitecture = {
    ...testManifest.architecture,
    inputChannels: 3,
    classifier: name === 'tiny_linear' ? [16] : [43, 31, 22, 16],
  };
  const labels = Array.from({ length: 16 }, (_, index) => {
    const id = `label-${index}`;
    return { id, en: id, zh: id, experimental: false };
  });
  return {
    ...testManifest,
    id: name,
    labels,
    architecture,
    frontEnd: librosaDefaultFrontEnd,
    weights: { ...testManifest.weights, ...weights },
  };
}

/**
 * The same model as the packages store it: linear weights turned to [in, out], those of the encoder rounded to int8 with
 * one scale for each output. Second, the float32 file of exactly these rounded weights ([out, in]), to compare with.
 */
export function quantiseTiny(bytes: Uint8Array): { int8: Uint8Array; rounded: Uint8Array } {
  const read = readSafetensors(bytes);
  if (!read.ok) throw new Error(read.error.message);
  const int8 = new Map<string, TensorToWrite>();
  const rounded = new Map<string, TensorToWrite>();
  for (const [name, { shape }] of read.value.tensors) {
    const floats = tensorFloat32(read.value, name);
    if (!floats.ok) throw new Error(floats.error.message);
    const values = floats.value;
    const [outputs = 0, inputs = 0] = shape;
    if (shape.length !== 2) {
      for (const file of [int8, rounded]) file.set(name, { dtype: 'F32', shape, data: values });
      continue;
    }
    const quantised = name.startsWith('encoder.');
    const turned = quantised ? new Int8Array(values.length) : new Float32Array(values.length);
    const scales = new Float32Array(outputs).fill(1);
    for (let o = 0; o < outputs; o++) {
      const row = values.subarray(o * inputs, (o + 1) * inputs);
      if (quantised) scales[o] = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127;
      const scale = scales[o] ?? 1;
      for (let i = 0; i < inputs; i++) {
        const stored = quantised ? Math.round((row[i] ?? 0) / scale) : (row[i] ?? 0);
        turned[i * outputs + o] = stored;
        row[i] = stored * scale;
      }
    }
    int8.set(name, { dtype: quantised ? 'I8' : 'F32', shape: [inputs, outputs], data: turned });
    if (quantised) int8.set(`${name}.scale`, { dtype: 'F32', shape: [outputs], data: scales });
    rounded.set(name, { dtype: 'F32', shape, data: values });
  }
  return { int8: writeSafetensors(int8), rounded: writeSafetensors(rounded) };
}
