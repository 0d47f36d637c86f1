import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readTorchSave, type TorchCheckpoint, type TorchTensor } from '#core/checkpoint/torchSave.ts';
import { readVitCheckpoint, type VitCheckpoint } from '#core/checkpoint/vitCheckpoint.ts';
import { fixtureBytes } from '#core/testing/fixture.ts';

function fixture(name: string): TorchCheckpoint {
  const checkpoint = readTorchSave(fixtureBytes(`${name}.save.pt`));
  if (!checkpoint.ok) throw new Error(checkpoint.error.message);
  return checkpoint.value;
}
const ccmusic = fixture('tiny_ccmusic');
const linear = fixture('tiny_linear');

/** The checkpoint with its tensors renamed, left out (undefined) or added. */
const renamed = (
  checkpoint: TorchCheckpoint,
  rename: (name: string) => string | undefined,
): TorchCheckpoint => ({
  ...checkpoint,
  tensors: new Map(
    [...checkpoint.tensors].flatMap(([name, tensor]) => {
      const to = rename(name);
      return to === undefined ? [] : [[to, tensor] as const];
    }),
  ),
});
const replaced = (name: string, change: Partial<TorchTensor>): TorchCheckpoint => ({
  ...ccmusic,
  tensors: new Map(ccmusic.tensors).set(name, { ...ccmusic.tensors.get(name)!, ...change }),
});
function read(checkpoint: TorchCheckpoint, heads?: number): VitCheckpoint {
  const vit = readVitCheckpoint(checkpoint, heads);
  if (!vit.ok) throw new Error(vit.error.message);
  return vit.value;
}
/** Names, shapes and contents, short enough to compare quickly. */
const digest = ({ architecture, tensors }: VitCheckpoint) => ({
  architecture,
  tensors: [...tensors].map(([name, { shape, data }]) => [
    name,
    shape,
    createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex'),
  ]),
});
function refusal(checkpoint: TorchCheckpoint, heads?: number): string {
  const vit = readVitCheckpoint(checkpoint, heads);
  if (vit.ok) return 'accepted';
  expect(vit.error.code).toBe('checkpoint-refused');
  return vit.error.message;
}

describe('readVitCheckpoint', () => {
  it('reads all sizes from the shapes, and heads as width / 64 or as told', () => {
    const expected = {
      kind: 'vit',
      imageSize: 224,
      patchSize: 16,
      inputChannels: 3,
      hiddenSize: 64,
      layers: 3,
      heads: 2,
      mlpSize: 128,
      layerNormEps: 1e-6,
      activation: 'gelu-erf',
      classifier: [43, 31, 22, 16],
    };
    expect(read(ccmusic, 2).architecture).toEqual(expected);
    expect(read(ccmusic).architecture).toEqual({ ...expected, heads: 1 });
    expect(read(linear, 2).architecture).toEqual({ ...expected, classifier: [16] });
    expect(read(ccmusic).tensors.size).toBe(ccmusic.tensors.size);
  });

  it.each([
    ['module.', ''],
    ['model.', ''],
    ['module.model.', ''],
    ['', 'heads.'],
    ['', 'head.'],
    ['', 'classifier.'],
    ['model.', 'fc.'],
  ])('finds the network behind the prefix "%s" and the classifier "%s"', (prefix, classifier) => {
    const other = renamed(
      ccmusic,
      (name) => prefix + (classifier === '' ? name : name.replace('heads.head.', classifier)),
    );
    expect(digest(read(other))).toEqual(digest(read(ccmusic)));
  });

  it('knows a classifier outside the wrapper, a single layer, and the older names of the MLP', () => {
    const outside = renamed(ccmusic, (name) =>
      name.startsWith('heads.head.') ? name.replace('heads.head.', 'classifier.') : `model.${name}`,
    );
    expect(digest(read(outside))).toEqual(digest(read(ccmusic)));
    const older = renamed(linear, (name) =>
      name
        .replace('heads.head', 'head')
        .replace('.mlp.0.', '.mlp.linear_1.')
        .replace('.mlp.3.', '.mlp.linear_2.'),
    );
    expect(digest(read(older))).toEqual(digest(read(linear)));
  });

  it('refuses every single tensor missing, by name', () => {
    for (const name of ccmusic.tensors.keys()) {
      const message = refusal(renamed(ccmusic, (own) => (own === name ? undefined : own)));
      expect(message).toContain(name);
    }
  });

  it('refuses wrong shapes, by name', () => {
    for (const [name, { shape }] of ccmusic.tensors) {
      if (name === 'heads.head.9.weight') continue; // its rows are the classes: any number is a classifier
      const longer = [shape[0]! + 1, ...shape.slice(1)];
      expect(refusal(replaced(name, { shape: longer })), name).not.toBe('accepted');
    }
    expect(refusal(replaced('encoder.pos_embedding', { shape: [1, 196, 64] }))).toContain(
      'encoder.pos_embedding',
    );
    expect(refusal(replaced('encoder.ln.bias', { shape: [1, 64] }))).toContain('encoder.ln.bias');
    expect(refusal(replaced('heads.head.4.weight', { shape: [31, 42] }))).toContain(
      'heads.head.4.weight is [31, 42], expected [31, 43]',
    );
    expect(refusal(replaced('class_token', { shape: [1, 1, 0] }))).toContain('class_token');
  });

  it('refuses what is no float, not finite, or belongs to something else', () => {
    expect(refusal(replaced('encoder.ln.bias', { dtype: 'I32' }))).toContain('encoder.ln.bias is I32');
    expect(refusal(renamed(ccmusic, (name) => (name === 'encoder.ln.bias' ? 'aux.bias' : name)))).toContain(
      'encoder.ln.bias',
    );
    const extra = new Map(ccmusic.tensors).set('aux.bias', ccmusic.tensors.get('encoder.ln.bias')!);
    expect(refusal({ ...ccmusic, tensors: extra })).toContain('aux.bias');
    const second = new Map(ccmusic.tensors).set('fc.weight', ccmusic.tensors.get('encoder.ln.bias')!);
    expect(refusal({ ...ccmusic, tensors: second })).toContain('second classifier');
    const twice = new Map(renamed(ccmusic, (name) => `model.${name}`).tensors);
    twice.set('class_token', ccmusic.tensors.get('class_token')!);
    expect(refusal({ ...ccmusic, tensors: twice })).toContain('twice');
    const bytes = ccmusic.bytes.slice();
    const { storage } = ccmusic.tensors.get('encoder.ln.bias')!;
    bytes.set([0, 0, 0xc0, 0x7f], storage.byteOffset);
    expect(refusal({ ...ccmusic, bytes })).toContain('encoder.ln.bias has values that are not finite');
  });

  it('refuses a number of heads that does not divide the width, and other networks', () => {
    expect(refusal(ccmusic, 3)).toContain('3 heads');
    expect(refusal(renamed(ccmusic, (name) => name.replace('conv_proj', 'patch_embed')))).toContain(
      'conv_proj.weight',
    );
    expect(refusal(renamed(ccmusic, (name) => (name.startsWith('heads') ? undefined : name)))).toContain(
      'no classifier',
    );
  });
});
