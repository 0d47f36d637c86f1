import { describe, test } from 'vitest';
import { cutNetwork, killRedis, killWorkers, type Ledger } from '#server/queue/redis/testing/killCampaign.ts';

/** How often each is killed, and how long the cut lasts; more at night. */
const kills = Number(process.env['ACOUSTICSENSE_KILLS'] ?? '4');
const seconds = Number(process.env['ACOUSTICSENSE_CUT_SECONDS'] ?? '60');

const clean = (ledger: Ledger): object => ({
  lost: ledger.lost,
  doubled: ledger.doubled,
  feed: ledger.feed,
  done: ledger.done,
  dead: ledger.dead,
});
const whole = ({ songs }: Ledger): object => ({ lost: [], doubled: [], feed: songs, done: songs, dead: 0 });
const told = (name: string, ledger: Ledger): void => {
  console.log(
    `${name}: ${ledger.songs} songs, begun ${ledger.begun} times, first song after ${ledger.recoveryMs.join(', ') || '–'} ms`,
  );
};

// All at once: they mostly wait, each for a minute, each with a Redis of its own.
describe.concurrent('nothing is lost, nothing doubled', { timeout: 600_000 }, () => {
  test('two workers, killed with -9 in the middle again and again', async ({ expect }) => {
    const ledger = await killWorkers(kills);
    told('workers killed', ledger);
    expect(clean(ledger)).toEqual(whole(ledger));
    // Something was in their hands when they were killed, or nothing was tested.
    expect(ledger.begun).toBeGreaterThan(ledger.songs);
  });

  test('Redis, killed with -9 and started again on its append-only file', async ({ expect }) => {
    const ledger = await killRedis(kills);
    told('Redis killed', ledger);
    expect(clean(ledger)).toEqual(whole(ledger));
    // Two workers tell each outage once when it begins and once when it is over, not at each attempt to connect.
    const outages = ledger.troubles.filter((line) => !line.includes('"recovered"'));
    expect(outages.length).toBeGreaterThanOrEqual(2);
    expect(outages.length).toBeLessThanOrEqual(kills * 2 + 2);
  });

  test('the network, cut silently while the only worker has songs in hand', async ({ expect }) => {
    const ledger = await cutNetwork({ seconds, kind: 'silent', heal: 'reset', other: false });
    told('network cut silently', ledger);
    expect(clean(ledger)).toEqual(whole(ledger));
    expect(ledger.begun).toBeGreaterThan(ledger.songs);
  });

  test('the network, cut silently; what was on the way arrives late, when another has the songs', async ({
    expect,
  }) => {
    const ledger = await cutNetwork({ seconds, kind: 'silent', heal: 'late', other: true });
    told('network cut, another worker', ledger);
    expect(clean(ledger)).toEqual(whole(ledger));
    expect(ledger.begun).toBeGreaterThan(ledger.songs);
  });

  test('the network, with connections refused for the whole time', async ({ expect }) => {
    const ledger = await cutNetwork({ seconds, kind: 'reset', heal: 'reset', other: false });
    told('connections refused', ledger);
    expect(clean(ledger)).toEqual(whole(ledger));
    expect(ledger.begun).toBeGreaterThan(ledger.songs);
  });
});
