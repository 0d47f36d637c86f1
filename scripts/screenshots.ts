/**
 * Makes the pictures of the README and the guide from the built page: `npm run screenshots`. A song of our own synthesis is
 * analysed by the default model, so the pictures show what a visitor gets.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { chromiumLaunchOptions } from './chromium.ts';

if (process.argv.includes('--help')) {
  console.log('usage: npm run screenshots\nWrites docs/images/*.png from the built page.');
  process.exit(0);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs/images');
mkdirSync(images, { recursive: true });

const shots = [
  { name: 'workstation', locale: 'en-GB', theme: 'light', width: 1280, height: 800 },
  { name: 'workstation-zh-dark', locale: 'zh-CN', theme: 'dark', width: 1280, height: 800 },
  { name: 'workstation-phone', locale: 'en-GB', theme: 'light', width: 390, height: 844 },
] as const;

await build({ root, logLevel: 'error' });
const server = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } });
const browser = await chromium.launch(chromiumLaunchOptions());
try {
  for (const { name, locale, theme, width, height } of shots) {
    const context = await browser.newContext({
      locale,
      colorScheme: theme,
      viewport: { width, height },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await page
      .getByTestId('file-input')
      .setInputFiles([
        join(root, 'public/samples/evensong.wav'),
        join(root, 'e2e/fixtures/audio/stereo.mp3'),
      ]);
    await page.locator('[data-testid=job][data-phase=done]').nth(1).waitFor({ timeout: 300_000 });
    await page.locator('[data-testid=job]').nth(1).click();
    await page.getByTestId('prediction-bar').first().waitFor();
    await page.screenshot({ path: join(images, `${name}.png`) });
    console.log(`docs/images/${name}.png`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);
