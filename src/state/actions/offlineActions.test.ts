import { describe, expect, it } from 'vitest';
import { addFiles } from '#state/actions/jobActions.ts';
import { commandNamed } from '#state/actions/commands.ts';
import { dismissUpdate, updatePage, watchVersion } from '#state/actions/offlineActions.ts';
import { createFakeHost, fakeFile, settle, type FakeHost } from '#state/testing/fakeHost.ts';

function watching(): FakeHost {
  const host = createFakeHost();
  watchVersion.effect(host.bench);
  return host;
}
const updates = (host: FakeHost): number => host.log.filter((line) => line === 'update').length;

describe('a new version', () => {
  it('is used when a person asks for it, and not before', async () => {
    const host = watching();
    await updatePage.effect(host.bench);
    expect(updates(host)).toBe(0);
    host.setVersion({ installable: false, updateReady: true });
    await settle();
    expect(updates(host)).toBe(0);
    await updatePage.effect(host.bench);
    expect(updates(host)).toBe(1);
  });

  it('waits for the files that are worked on', async () => {
    const host = watching();
    host.setFree(false);
    addFiles.effect(host.bench, [fakeFile('a.wav'), fakeFile('b.wav')]);
    await host.step();
    host.setVersion({ installable: false, updateReady: true });
    await updatePage.effect(host.bench);
    expect(host.bench.offline.getState().updateWished).toBe(true);
    await host.step();
    expect(updates(host)).toBe(0);
    host.setFree(true);
    await host.bench.runner.idle();
    await settle();
    expect(updates(host)).toBe(1);
    expect(host.log.indexOf('update')).toBeGreaterThan(host.log.indexOf('window 1 of b.wav'));
  });

  it('is forgotten for this visit when it is put away, also a wish to use it later', async () => {
    const host = watching();
    host.setFree(false);
    addFiles.effect(host.bench, [fakeFile('a.wav')]);
    await host.step();
    host.setVersion({ installable: false, updateReady: true });
    await updatePage.effect(host.bench);
    dismissUpdate.effect(host.bench);
    host.setFree(true);
    await host.bench.runner.idle();
    await settle();
    expect(updates(host)).toBe(0);
    expect(host.bench.offline.getState()).toMatchObject({ updateReady: true, dismissed: true });
  });
});

describe('installing', () => {
  it('is offered while the browser offers it', async () => {
    const host = watching();
    const install = commandNamed('installPage');
    expect(install.enabled(host.bench)).toBe(false);
    host.setVersion({ installable: true, updateReady: false });
    expect(install.enabled(host.bench)).toBe(true);
    await install.effect(host.bench);
    expect(host.log).toContain('install');
  });
});
