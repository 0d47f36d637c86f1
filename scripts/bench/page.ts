/** The built page, driven in Chromium: bytes before first paint, model load, stages, long tasks, memory; beside the bare runtime. */
import { readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BrowserContext, chromium, type Page, type Request } from '@playwright/test';
import { build, createServer, preview } from 'vite';
import { isolationHeaders } from '#core/page/responseHeaders.ts';
import { readPngText, reportKeyword } from '#core/report/pngText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { chromiumLaunchOptions } from '../chromium.ts';
import type { BareAnswer, BareRequest } from './bareRuntime/bareRuntime.ts';
import { processTreeMegabytes } from './memory.ts';
import { type BenchRow, median } from './table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

declare global {
  interface Window {
    longTasks: number[];
  }
}

/** Bytes of all responses before the first contentful paint, each gzipped as a server would. */
async function firstPaintKilobytes(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  const bodies = new Map<string, { bytes: number; finishedAt: number }>();
  const reading: Promise<void>[] = [];
  const read = async (request: Request): Promise<void> => {
    const finishedAt = Date.now();
    const body = await request
      .response()
      .then((response) => response?.body())
      .catch(() => undefined);
    if (body !== undefined)
      bodies.set(request.url(), { bytes: gzipSync(body, { level: 6 }).length, finishedAt });
  };
  page.on('requestfinished', (request) => reading.push(read(request)));
  await page.goto(url, { waitUntil: 'load' });
  const paintAt = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const entry = list.getEntriesByName('first-contentful-paint')[0];
          if (entry !== undefined) resolve(performance.timeOrigin + entry.startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );
  await Promise.all(reading);
  await page.close();
  let bytes = 0;
  for (const [address, body] of bodies)
    if (body.finishedAt <= paintAt + 5 && !address.includes('/models/')) bytes += body.bytes;
  return bytes / 1000;
}

/** Drops a file on the page, waits for the result, and takes the report out of the saved picture. */
async function analyseOnPage(page: Page, file: string): Promise<AnalysisReport> {
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.locator('[data-testid=job][data-phase=done]').first().waitFor({ timeout: 300_000 });
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save picture' }).click();
  const path = await (await downloading).path();
  const text = readPngText(readFileSync(path), reportKeyword);
  if (!text.ok || text.value === null) throw new Error('the picture carries no report');
  return JSON.parse(text.value) as AnalysisReport;
}

async function loadSeconds(page: Page, url: string): Promise<number> {
  const start = performance.now();
  await page.goto(url);
  await page.locator('[data-testid=status-backend][data-model-phase=ready]').waitFor({ timeout: 300_000 });
  return performance.now() - start;
}

export async function benchPage(options: {
  readonly audio: string;
  readonly models: readonly string[];
}): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  await build({ root, logLevel: 'error' });
  const server = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } });
  const url = server.resolvedUrls?.local[0] ?? '';
  const bareServer = await createServer({
    root: join(root, 'scripts/bench/bareRuntime'),
    publicDir: join(root, 'public'),
    configFile: false,
    logLevel: 'error',
    cacheDir: join(root, 'node_modules/.vite-bench'),
    optimizeDeps: { exclude: ['onnxruntime-web'] },
    server: { port: 0, host: '127.0.0.1', headers: isolationHeaders, fs: { allow: [root] } },
  });
  await bareServer.listen();
  const bareUrl = bareServer.resolvedUrls?.local[0] ?? '';
  try {
    for (const model of options.models) {
      const profile = mkdtempSync(join(tmpdir(), 'acousticsense-bench-'));
      const context = await chromium.launchPersistentContext(profile, {
        ...chromiumLaunchOptions(),
        locale: 'en-GB',
        viewport: { width: 1280, height: 800 },
      });
      await context.addInitScript(() => {
        window.longTasks = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
        }).observe({ type: 'longtask', buffered: true });
      });
      const threads = await context.pages()[0]?.evaluate(() => navigator.hardwareConcurrency);
      if (model === options.models[0]) {
        rows.push({
          group: 'page',
          name: 'bytes before first paint, gzipped',
          value: await firstPaintKilobytes(context, url),
          unit: 'kB',
          runs: 1,
        });
        await context.clearCookies();
      }
      let peak = 0;
      // Chromium is the child that was started with our profile.
      const sample = setInterval(() => {
        peak = Math.max(peak, processTreeMegabytes(process.pid) ?? 0);
      }, 250);
      const page = await context.newPage();
      const address = `${url}?model=${model}&backend=wasm`;
      const coldMs = await loadSeconds(page, address);
      rows.push({
        group: model,
        name: 'page to model ready, first visit',
        value: coldMs,
        unit: 'ms',
        runs: 1,
      });
      const warm: number[] = [];
      for (let run = 0; run < 3; run++) warm.push(await loadSeconds(page, address));
      rows.push({
        group: model,
        name: 'page to model ready, later visits',
        value: median(warm),
        unit: 'ms',
        runs: warm.length,
        ratio: { to: 'first visit', value: median(warm) / coldMs },
      });
      const report = await analyseOnPage(page, options.audio);
      const heard = report.windows.filter((window) => !window.silent).length;
      const perWindow = report.timings.inferenceMs / heard;
      const longTasks = await page.evaluate(() => window.longTasks);
      clearInterval(sample);
      const stage = (name: string, value: number): void => {
        rows.push({ group: model, name, value, unit: 'ms', runs: 1 });
      };
      stage(
        `decode, ${report.file.durationSeconds.toFixed(0)} s of ${report.file.container}`,
        report.timings.decodeMs,
      );
      stage('resample', report.timings.resampleMs);
      stage('mel', report.timings.melMs);
      stage('picture', report.timings.pictureMs);
      stage('decoded file to first prediction, model warm', report.timings.firstPredictionMs);
      const bare = await bareRuntime(context, bareUrl, {
        modelUrl: `/models/${model}`,
        backend: 'wasm',
        threads: report.backend.threads,
        precision: report.backend.precision === 'int8' ? 'int8' : 'float32',
        runs: 10,
      });
      rows.push(
        {
          group: model,
          name: `window on the page, ${report.backend.kind} ${report.backend.threads} of ${threads ?? '?'} threads, ${report.backend.precision}`,
          value: perWindow,
          unit: 'ms',
          runs: heard,
          ratio: { to: 'bare runtime', value: perWindow / median(bare.runMs) },
        },
        { group: model, name: 'bare runtime, same graph', value: median(bare.runMs), unit: 'ms', runs: 10 },
        {
          group: model,
          name: 'main-thread tasks over 50 ms, load to result',
          value: longTasks.length,
          unit: 'count',
          runs: 1,
        },
        {
          group: model,
          name: 'longest main-thread task',
          value: Math.max(0, ...longTasks),
          unit: 'ms',
          runs: 1,
        },
        { group: model, name: 'peak memory, browser and server', value: peak, unit: 'MB', runs: 1 },
      );
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    }
  } finally {
    await server.close();
    await bareServer.close();
  }
  return rows;
}

async function bareRuntime(context: BrowserContext, url: string, request: BareRequest): Promise<BareAnswer> {
  const page = await context.newPage();
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'bareRuntime' in window);
    return await page.evaluate((asked) => window.bareRuntime(asked), request);
  } finally {
    await page.close();
  }
}
