import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

/** Where distributions and installers put a Chromium that speaks the DevTools protocol. */
const installedPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Path of a Chromium that the tests can drive: CHROMIUM_PATH, an installed one, else Playwright's own; null if none. */
export function findChromium(): string | null {
  const wanted = process.env['CHROMIUM_PATH'];
  if (wanted !== undefined && wanted !== '') return existsSync(wanted) ? wanted : null;
  for (const path of installedPaths) if (existsSync(path)) return path;
  const own = chromium.executablePath();
  return own !== '' && existsSync(own) ? own : null;
}

/**
 * Flags for tests. The background switches keep the browser from talking to its maker; `--enable-unsafe-webgpu` gives a
 * software WebGPU adapter where there is no GPU, which proves correctness and says nothing about speed.
 */
export const chromiumArgs: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
];

/** Launch options for Playwright and Vitest's browser mode. */
export function chromiumLaunchOptions(): { executablePath: string; args: string[] } {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('No Chromium found. Run: npm run ensure-chromium');
  return { executablePath, args: [...chromiumArgs] };
}
