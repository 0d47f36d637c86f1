import type { ModelManifest } from '#core/model/manifest.ts';

/**
 * The input of the golden record ('mod-29-pattern'): x[c][h][w] = ((7 h + 13 w + 5 c) mod 29) / 28, then (x - mean[c]) / std[c].
 * Fresh float32 [1 x C x H x W], row-major; C, H and W from the architecture.
 */
export function goldenInput({
  architecture: { inputChannels, imageSize },
  frontEnd: {
    input: { mean, std },
  },
}: Pick<ModelManifest, 'architecture' | 'frontEnd'>): Float32Array<ArrayBuffer> {
  const input = new Float32Array(inputChannels * imageSize * imageSize);
  let i = 0;
  for (let c = 0; c < inputChannels; c++)
    for (let h = 0; h < imageSize; h++)
      for (let w = 0; w < imageSize; w++)
        input[i++] = (((7 * h + 13 * w + 5 * c) % 29) / 28 - mean[c]!) / std[c]!;
  return input;
}
