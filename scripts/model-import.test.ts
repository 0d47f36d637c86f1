import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkGolden } from '#core/model/checkGolden.ts';
import { parseGolden, parseManifest } from '#core/model/parseManifest.ts';
import { fixtureFloat32 } from '#core/testing/fixture.ts';
import { openNodeSession } from '#server/engine/nodeSession.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const fixtures = join(root, 'src/core/testing/fixtures');
const checkpoint = join(fixtures, 'tiny_ccmusic.save.pt');
const folder = mkdtempSync(join(tmpdir(), 'model-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', 'scripts/model-import.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

describe('npm run model:import', () => {
  it('makes a package whose network gives the logits and the rollout that PyTorch gives for the checkpoint', async () => {
    const out = join(folder, 'package');
    const { status, stderr } = run(checkpoint, '--preset', 'ccmusic', '--out', out, '--heads', '2');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const manifest = parseManifest(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')));
    if (!manifest.ok) throw new Error(manifest.error.message);
    const golden = parseGolden(JSON.parse(readFileSync(join(out, 'golden.json'), 'utf8')), manifest.value);
    if (!golden.ok) throw new Error(golden.error.message);
    expect(readFileSync(join(out, 'MODEL_CARD.md'), 'utf8')).toContain('tiny_ccmusic.save.pt');

    const weights = readFileSync(join(out, 'model.safetensors'));
    const session = await openNodeSession(manifest.value, weights, {
      kind: 'node-cpu',
      threads: 1,
      precision: 'float32',
    });
    if (!session.ok) throw new Error(session.error.message);
    const output = await session.value.run(fixtureFloat32('tiny_ccmusic_input.f32'));
    if (!output.ok) throw new Error(output.error.message);
    expect(largestDifference(output.value.logits, fixtureFloat32('tiny_ccmusic_logits.f32'))).toBeLessThan(
      1e-4,
    );
    expect(largestDifference(output.value.rollout, fixtureFloat32('tiny_ccmusic_rollout.f32'))).toBeLessThan(
      1e-5,
    );
    expect((await checkGolden(session.value, manifest.value, golden.value, 'float32')).ok).toBe(true);
    await session.value.dispose();
  });

  it.each([
    ['no arguments', []],
    ['no preset', [checkpoint, '--out', 'x']],
    ['an unknown preset', [checkpoint, '--preset', 'other', '--out', 'x']],
    ['no folder', [checkpoint, '--preset', 'ccmusic']],
    ['heads that are no number', [checkpoint, '--preset', 'ccmusic', '--out', 'x', '--heads', 'two']],
    ['an unknown option', [checkpoint, '--preset', 'ccmusic', '--out', 'x', '--force']],
  ])('with %s shows its usage and exits with 2', (_, args) => {
    const { status, stderr, stdout } = run(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('usage: npm run model:import');
  });

  it('refuses with the reason, exits with 1 and writes nothing', () => {
    const out = join(folder, 'refused');
    const safetensors = join(fixtures, 'tiny_ccmusic.safetensors');
    for (const [args, reason] of [
      [[safetensors], 'no torch.save file'],
      [[join(folder, 'absent.pt')], 'cannot read'],
      [[checkpoint, '--heads', '3'], '3 heads'],
    ] as const) {
      const { status, stderr } = run(...args, '--preset', 'ccmusic', '--out', out);
      expect(status).toBe(1);
      expect(stderr).toContain(reason);
      expect(existsSync(out)).toBe(false);
    }
  });

  it('does not write among files of another kind', () => {
    writeFileSync(join(folder, 'notes.txt'), '');
    const { status, stderr } = run(checkpoint, '--preset', 'ccmusic', '--out', folder);
    expect(status).toBe(1);
    expect(stderr).toContain('other files');
  });
});
