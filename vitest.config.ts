import { playwright } from '@vitest/browser-playwright';
import { mergeConfig } from 'vite';
import { defineConfig } from 'vitest/config';
import { chromiumLaunchOptions } from './scripts/chromium.ts';
import viteConfig from './vite.config.ts';

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      projects: [
        {
          extends: true,
          test: {
            name: 'unit',
            environment: 'node',
            include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
            exclude: ['**/*.browser.test.{ts,tsx}', '**/*.service.test.ts'],
            // Vitest leaves a core free, which on two cores is half of the time.
            maxWorkers: 2,
            setupFiles: ['scripts/propertySeed.ts'],
            testTimeout: 30_000,
          },
        },
        {
          // Programs of their own over real ports, a real Redis and the real network. Most of them wait (for locks, kills, a
          // minute without network), so several files at a time cost little more than
          // the longest; none of them measures speed. Machines are shared: what fails once is run once more.
          extends: true,
          test: {
            name: 'service',
            environment: 'node',
            include: ['src/server/**/*.service.test.ts'],
            maxWorkers: 4,
            retry: 1,
            setupFiles: ['scripts/propertySeed.ts'],
            testTimeout: 120_000,
            hookTimeout: 120_000,
          },
        },
        {
          extends: true,
          test: {
            name: 'browser',
            include: ['src/**/*.browser.test.{ts,tsx}'],
            testTimeout: 120_000,
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({ launchOptions: chromiumLaunchOptions() }),
              instances: [{ browser: 'chromium' }],
            },
          },
        },
      ],
    },
  }),
);
