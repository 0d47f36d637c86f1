import { defineConfig } from '@playwright/test';
import { chromiumLaunchOptions } from './scripts/chromium.ts';

const port = 4280;

/**
 * The tolerance of every picture, for all of them the same. Forty pixels may differ, where two colours are one if they
 * are within 0.02 of Playwright's scale (YIQ, 0 to 1): five levels of 255. That is the rounding of another processor
 * (one step of a colour map, an edge of a letter); a changed token, one more tick, another font are beyond it.
 */
const pictureTolerance = { threshold: 0.02, maxDiffPixels: 40 } as const;

/** Stories that measure the page, or keep every core busy with the default model: nothing else runs beside them. */
const alone = ['main-job.spec.ts', 'smoothness.spec.ts', 'trace.spec.ts'];

/**
 * User stories on the built page, as `npm start` serves it: `playwright test FILE` for one, `npm run test:e2e` for all,
 * first those that may run two at a time (half of a story is waiting for the page), then the others.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 2,
  projects: [
    { name: 'stories', testIgnore: alone },
    { name: 'alone', testMatch: alone, workers: 1 },
  ],
  timeout: 180_000,
  expect: {
    timeout: 60_000,
    toHaveScreenshot: { ...pictureTolerance, animations: 'disabled', caret: 'hide', scale: 'css' },
    toMatchSnapshot: pictureTolerance,
  },
  // The page's font and a bundled one: the same pictures on every system.
  snapshotPathTemplate: '{testDir}/baselines/{arg}{ext}',
  // Machines are shared: a story that fails is run once more, and listed as flaky if it passes then.
  retries: 1,
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    launchOptions: chromiumLaunchOptions(),
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    // Recording costs as much as the stories themselves on a machine without a GPU: only what failed once is recorded.
    trace: { mode: 'on-first-retry', screenshots: false },
    contextOptions: { reducedMotion: 'reduce' },
    // Playwright would answer requests itself otherwise, and offline and cache stories would prove nothing.
    serviceWorkers: 'allow',
  },
  webServer: {
    command: `npx vite build && npx vite preview --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}/`,
    timeout: 180_000,
    reuseExistingServer: false,
  },
});
