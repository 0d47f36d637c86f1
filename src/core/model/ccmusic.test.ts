import { describe, expect, it } from 'vitest';
import { readSafetensors, tensorBytes } from '#core/checkpoint/safetensors.ts';
import { ccmusicFrontEnd, ccmusicLabels, importCcmusic, type ImportedModel } from '#core/model/ccmusic.ts';
import { parseManifest } from '#core/model/parseManifest.ts';
import { fixtureBytes } from '#core/testing/fixture.ts';
import { op, pickledDict, pickledTensor, torchSaveFile } from '#core/testing/torchSaveFile.ts';

const source = { name: 'save.pt', sha256: 'ab'.repeat(32) };

function imported(heads?: number): ImportedModel {
  const result = importCcmusic(fixtureBytes('tiny_ccmusic.save.pt'), {
    id: 'ccmusic-vit',
    source,
    ...(heads === undefined ? {} : { heads }),
  });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const reason = (bytes: Uint8Array): string => {
  const result = importCcmusic(bytes, { id: 'x', source });
  return result.ok ? 'accepted' : `${result.error.code}: ${result.error.message}`;
};

describe('importCcmusic', () => {
  it('gives a manifest that is valid and says what the preset is', () => {
    const json = imported(2).manifest('cd'.repeat(32));
    expect(parseManifest(JSON.parse(JSON.stringify(json)))).toEqual({ ok: true, value: json });
    expect(json.labels.map(({ id }) => id).join(' ')).toBe(
      'Symphony Opera Solo Chamber Pop_vocal_ballad Adult_contemporary Teen_pop Contemporary_dance_pop Dance_pop ' +
        'Classic_indie_pop Chamber_cabaret_and_art_pop Soul_or_r_and_b Adult_alternative_rock Uplifting_anthemic_rock Soft_rock Acoustic_pop',
    );
    expect(new Set(ccmusicLabels.map(({ zh }) => zh)).size).toBe(16);
    expect(json.frontEnd.windowFrames).toBe(491);
    expect((json.frontEnd.windowFrames * json.frontEnd.hopLength) / json.frontEnd.sampleRate).toBeCloseTo(
      11.4,
      2,
    );
    expect(json.aggregation.reportVote).toBe(true);
    expect(json.version).toBe('imported-abababababab');
    expect(ccmusicFrontEnd.windowPlacement).toBe('centred');
  });

  it('keeps every weight, under the same name, bit for bit', () => {
    const { weights, manifest } = imported();
    const written = readSafetensors(weights);
    const reference = readSafetensors(fixtureBytes('tiny_ccmusic.safetensors'));
    if (!written.ok || !reference.ok) throw new Error('refused');
    expect([...written.value.tensors.keys()].toSorted()).toEqual(
      [...reference.value.tensors.keys()].toSorted(),
    );
    for (const [name, tensor] of reference.value.tensors) {
      const found = written.value.tensors.get(name)!;
      expect(found.shape, name).toEqual(tensor.shape);
      expect(
        Buffer.compare(tensorBytes(written.value, found), tensorBytes(reference.value, tensor)),
        name,
      ).toBe(0);
    }
    expect(manifest('cd'.repeat(32)).weights.bytes).toBe(weights.length);
    expect(Buffer.compare(imported().weights, weights)).toBe(0);
  });

  it('writes a card that names the origin and claims no measurement', () => {
    const { card } = imported(2);
    expect(card).toContain('`save.pt`');
    expect(card).toContain(source.sha256);
    expect(card).toContain('64-43-31-22-16');
    expect(card).toContain('Not measured');
  });

  it('refuses other classifiers, other files and hostile ones with the reason', () => {
    expect(reason(new Uint8Array(0))).toContain('checkpoint-refused');
    expect(reason(torchSaveFile(pickledDict({ a: op.global('os', 'system') })))).toContain('os.system');
    const vector = pickledTensor({ elements: 2, shape: [2], strides: [1] });
    expect(reason(torchSaveFile(pickledDict({ a: vector }), { 0: new Float32Array(2) }))).toContain(
      'conv_proj.weight',
    );
  });
});
