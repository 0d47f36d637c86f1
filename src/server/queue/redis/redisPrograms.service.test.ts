import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startPrivateRedis } from '#server/queue/redis/testing/privateRedis.ts';

const model = 'acousticsense-vit-ti16';
const songs = 6;
/** Guards against hanging only: a machine that is busy with other work takes minutes. */
const limitMs = 300_000;

const program = (name: string, args: readonly string[]): string[] =>
  `--import tsx src/server/cli/${name}.ts --queue redis --lock 3`.split(' ').concat(args);

/** The programs as an operator runs them, real songs, the real network: one worker is killed with songs in its hands. */
test(
  'npm run worker, killed with -9 in the middle: every song has one result, the feed has each once',
  { timeout: 330_000 },
  async () => {
    const redis = await startPrivateRedis();
    const directory = mkdtempSync(join(tmpdir(), 'acousticsense-songs-'));
    const workers: ChildProcess[] = [];
    const environment = { ...process.env, ACOUSTICSENSE_REDIS_URL: redis.url };
    const cms = new Redis(redis.url);
    /** Where they are in the queue, as Redis has it. */
    const active = (): Promise<number> => cms.llen('acousticsense:songs:active');
    const end = performance.now() + limitMs;
    const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      while (!(await holds())) {
        if (performance.now() > end) throw new Error(`never came about: ${what}`);
        await sleep(5);
      }
    };
    const startWorker = (): ChildProcess => {
      const child = spawn(
        process.execPath,
        program('worker', [
          '--model',
          model,
          '--slots',
          '1',
          '--allow-path',
          directory,
          '--spool',
          directory,
        ]),
        { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      createInterface({ input: child.stdout }).resume();
      workers.push(child);
      return child;
    };
    try {
      for (let song = 0; song < songs; song++) {
        copyFileSync('e2e/fixtures/audio/stereo.mp3', join(directory, `song ${song}.mp3`));
      }
      const put = spawnSync(process.execPath, program('enqueue', ['--model', model, directory]), {
        env: environment,
        encoding: 'utf8',
      });
      expect(put.status, put.stderr).toBe(0);
      const victim = startWorker();
      await until('a song is in work', async () => (await active()) > 0);
      victim.kill('SIGKILL');
      // Whatever it held is still in its name.
      expect(await active()).toBeGreaterThan(0);
      startWorker();
      await until('all are done', async () => (await cms.xlen('acousticsense:feed')) >= songs);
      // Longer than a lock: what would come twice comes now.
      await sleep(5000);
      const feed = (await cms.xrange('acousticsense:feed', '-', '+')).map(
        ([, fields]) => JSON.parse(fields[1] ?? '{}') as { songId: string; genre: string },
      );
      expect(new Set(feed.map(({ songId }) => songId)).size).toBe(songs);
      expect(feed).toHaveLength(songs);
      expect(await active()).toBe(0);
      for (const { songId, genre } of feed) {
        const stored = JSON.parse((await cms.get(`genre:${songId}`)) ?? '{}') as { genre?: string };
        expect(stored.genre).toBe(genre);
      }
    } finally {
      for (const worker of workers) {
        if (worker.exitCode !== null || worker.signalCode !== null) continue;
        const exit = once(worker, 'exit');
        worker.kill('SIGKILL');
        await exit;
      }
      cms.disconnect();
      await redis.dispose();
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
