import { readFileSync } from 'node:fs';
import { analysisError } from '#core/errors.ts';
import { errorText } from '#core/errorText.ts';
import { expectAgreement, expectDistribution, tolerance } from './fixtures/agreement.ts';
import { samplePath } from './fixtures/clips.ts';
import { analyzeHeadless, importModel, repositoryPath } from './fixtures/headless.ts';
import { expect, test } from './fixtures/workstation.ts';

/** WebGPU on whatever adapter there is, with a model so small that a software one is quick enough. */

/** A software adapter compiles the shaders on the processor, which other work may share. */
const patience = 150_000;

const checkpoint = repositoryPath('src/core/testing/fixtures/tiny_ccmusic.save.pt');
let modelPackage = '';

test.describe.configure({ timeout: 3 * patience });

test.beforeAll(async ({ browserName: _browser }, info) => {
  modelPackage = info.outputPath('tiny');
  await importModel([checkpoint, '--preset', 'ccmusic', '--heads', '2', '--out', modelPackage]);
});

test('an imported checkpoint gives the same numbers on WebGPU, on WASM and on the command line', async ({
  workstation,
  host,
}) => {
  const { result, status } = workstation;
  const song = samplePath('far-shore.wav');
  const [headless] = await analyzeHeadless([song], modelPackage);
  host.mount('/models/tiny/', modelPackage);

  await workstation.open({ host, backend: 'webgpu', model: 'tiny' });
  await workstation.drop(song);
  await result.expectDone(patience);
  await expect(status.backend).toHaveAttribute('data-backend-kind', 'webgpu');
  await expect(status.backend).toContainText('WebGPU');
  const report = await result.report();
  expect(report.backend.kind).toBe('webgpu');
  expect(report.backend.attempts.at(-1)?.outcome).toBe('used');
  const onGpu = await result.predictions();
  expectDistribution('WebGPU', onGpu);
  expectAgreement('WebGPU', onGpu, headless?.track.predictions ?? [], tolerance.exact);

  await workstation.open({ host, backend: 'wasm', model: 'tiny' });
  await workstation.drop(song);
  await result.expectDone(patience);
  await expect(status.backend).toHaveAttribute('data-backend-kind', 'wasm');
  expectAgreement('WASM', await result.predictions(), headless?.track.predictions ?? [], tolerance.exact);
  expectAgreement('WebGPU and WASM', onGpu, await result.predictions(), 0.001);
});

for (const backend of ['webgpu', 'wasm'] as const) {
  test(`${backend} that does not reproduce the reference numbers is refused, visibly`, async ({
    workstation,
    host,
  }) => {
    const { queue, result, status } = workstation;
    host.mount('/models/tiny/', modelPackage);
    const golden = JSON.parse(readFileSync(`${modelPackage}/golden.json`, 'utf8')) as { logits: number[] };
    golden.logits = golden.logits.map((logit, index) => (index === 3 ? logit + 0.5 : logit));
    host.replace('/models/tiny/golden.json', Buffer.from(JSON.stringify(golden)));

    await workstation.open({ host, backend, model: 'tiny' });
    await workstation.drop(samplePath('far-shore.wav'));
    await queue.expectPhase('far-shore.wav', 'failed', patience);
    const text = errorText(analysisError('backend-disagrees', ''), 'en');
    await result.expectFailure('backend-disagrees', text);
    await status.expectFailed(text.title);

    host.restore('/models/tiny/golden.json');
    await queue.retry('far-shore.wav');
    await result.expectDone(patience);
    await status.expectReady();
  });
}
