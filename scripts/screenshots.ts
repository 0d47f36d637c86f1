/**
 * Makes the pictures of the README and the guide from the built page: `npm run screenshots`. The songs are the samples, our
 * own synthesis, and a medley of them; the default model reads them, so the pictures show what a visitor gets.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { build, preview } from 'vite';
import { chromiumLaunchOptions } from './chromium.ts';
import { palettePng } from './palettePng.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    address: { type: 'string' },
    out: { type: 'string' },
  },
});
if (values.help) {
  console.log(
    'usage: npm run screenshots -- [--address URL] [--out DIR] [NAME...]\n' +
      'Writes docs/images/*.png from the built page, or from the one at URL; all of them, or those named.',
  );
  process.exit(0);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const images = values.out ?? join(root, 'docs/images');
mkdirSync(images, { recursive: true });

const sampleNames = ['evensong', 'night-drive', 'iron-gate', 'island-noon', 'far-shore'] as const;
const samplePath = (name: string): string => join(root, `public/samples/${name}.wav`);

/** The samples one after another, for a picture in which the genres change. All have the same form: 44 bytes of header, PCM. */
function medley(): Buffer {
  const files = sampleNames.map((name) => readFileSync(samplePath(name)));
  const header = Buffer.from(files[0]?.subarray(0, 44) ?? Buffer.alloc(44));
  if (header.toString('latin1', 36, 40) !== 'data') throw new Error('the samples have another header now');
  const sound = Buffer.concat(files.map((file) => file.subarray(44)));
  header.writeUInt32LE(36 + sound.length, 4);
  header.writeUInt32LE(sound.length, 40);
  return Buffer.concat([header, sound]);
}

interface Stage {
  readonly page: Page;
  readonly get: (testId: string) => Locator;
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly select: (file: string) => Promise<void>;
}

const song = 'medley.wav';

/** A page in which all songs are read. */
async function openStage(context: BrowserContext, address: string, query: string): Promise<Stage> {
  const page = await context.newPage();
  const get = (testId: string): Locator => page.getByTestId(testId);
  const stage: Stage = {
    page,
    get,
    press: async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    },
    select: async (file) => {
      await page.locator(`[data-testid=job][data-name="${file}"] [data-row-button]`).click();
      await get('prediction-bar').first().waitFor();
      await page.locator('[data-testid=spectrogram][data-ready=true]').waitFor();
    },
  };
  await page.goto(`${address}?${query}`);
  const names = [...sampleNames];
  await get('file-input').setInputFiles([
    { name: song, mimeType: 'audio/wav', buffer: medley() },
    ...names.map((name) => ({
      name: `${name}.wav`,
      mimeType: 'audio/wav',
      buffer: readFileSync(samplePath(name)),
    })),
  ]);
  await page.locator('[data-testid=job][data-phase=done]').nth(names.length).waitFor({ timeout: 600_000 });
  return stage;
}

/** A person's work on the list, so that the library has something to say. */
async function review({ page, get, press, select }: Stage): Promise<void> {
  await select('night-drive.wav');
  await press('a', 't');
  await page.keyboard.type('night');
  await press('Enter', 'Escape');
  await select('iron-gate.wav');
  await press('u', 'n');
  await page.keyboard.type('Ask the band');
  await press('Escape');
  await select('island-noon.wav');
  await press('e');
  await get('genre-search').fill('reggae');
  await press('Enter');
  await get('genre-search').waitFor({ state: 'detached' });
}

/** Draws a box over the picture, from its left and its top edge, in shares of the picture. */
async function drawBox({ page, get }: Stage, from: readonly [number, number], to: readonly [number, number]) {
  const box = await get('spectrogram-surface').boundingBox();
  if (box === null) throw new Error('the picture is not there');
  const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.keyboard.down('Shift');
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 6 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await get('region').waitFor();
}

/** Focus and pointer leave no ring and no readout. */
async function unfocus({ page }: Stage): Promise<void> {
  await page.mouse.move(640, 2);
  await page.evaluate('document.activeElement?.blur()');
}

/** The layout has followed the window, and the pictures the layout. */
async function settled({ page }: Stage): Promise<void> {
  for (let frames = 0; frames < 3; frames += 1)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))');
  await page.locator('[data-testid=spectrogram-canvas][data-painted=whole]').waitFor();
}

const top = (stage: Stage): Promise<void> =>
  stage.get('result').evaluate('document.querySelector("main").scrollTo(0, 0); window.scrollTo(0, 0)');

/** The panel around something. */
const panel = ({ get }: Stage, testId: string): Locator =>
  get(testId).locator('xpath=ancestor-or-self::section[1]');

interface Shot {
  readonly name: string;
  /** Brings the page there; each shot starts from the medley's whole picture. */
  readonly pose: (stage: Stage) => Promise<void>;
  /** What is in the picture, with a margin; without it the window. */
  readonly of?: (stage: Stage) => readonly Locator[];
}

const inEnglish: readonly Shot[] = [
  { name: 'workstation', pose: top },
  {
    name: 'box',
    of: (stage) => [panel(stage, 'spectrogram'), panel(stage, 'region')],
    pose: async (stage) => {
      await stage.press('+');
      await drawBox(stage, [0.3, 0.45], [0.55, 0.97]);
      await stage.press('r');
      await stage.page.locator('[data-testid=region][data-result=done]').waitFor({ timeout: 120_000 });
    },
  },
  {
    name: 'ribbon',
    of: (stage) => [panel(stage, 'spectrogram')],
    pose: async (stage) => {
      await stage.get('window').nth(3).click();
      await unfocus(stage);
    },
  },
  {
    name: 'player',
    of: (stage) => [panel(stage, 'spectrogram'), stage.get('transport')],
    pose: async (stage) => {
      await drawBox(stage, [0.3, 0.45], [0.55, 0.97]);
      await stage.page.mouse.move(640, 2);
      await stage.press('l', 'h');
      await stage.page
        .locator('[data-testid=transport][data-source=attention]')
        .waitFor({ timeout: 120_000 });
      await stage.press('.');
    },
  },
  {
    name: 'review',
    of: (stage) => [panel(stage, 'review'), stage.get('genre-option').last()],
    pose: async (stage) => {
      await stage.select('island-noon.wav');
      await stage.press('e');
      await stage.get('genre-search').fill('r');
    },
  },
  {
    name: 'layers',
    of: (stage) => [panel(stage, 'attention')],
    pose: async (stage) => {
      await stage.press('y');
      await stage.get('attention-heads').waitFor({ timeout: 120_000 });
      await stage.page.locator('[data-testid=attention][data-windows="10"]').waitFor({ timeout: 240_000 });
    },
  },
  {
    name: 'compare',
    pose: async (stage) => {
      await stage.select('evensong.wav');
      await stage.press('v');
      const other = stage.get('compare-choose-right').locator('option', { hasText: 'night-drive.wav' });
      await stage.get('compare-choose-right').selectOption((await other.getAttribute('value')) ?? '');
      await stage.get('compare-genre').first().waitFor();
      await unfocus(stage);
    },
  },
  {
    name: 'export',
    of: (stage) => [stage.page.locator('dialog[open]')],
    pose: async (stage) => {
      await stage.press('Control+e');
      await stage.get('export-dialog').waitFor();
      await stage.get('export-format-pdf').check();
    },
  },
  {
    name: 'shortcuts',
    of: (stage) => [stage.page.locator('dialog[open]')],
    pose: async (stage) => {
      await stage.press('?');
      await stage.get('shortcuts').waitFor();
      await unfocus(stage);
    },
  },
  {
    name: 'library',
    pose: async (stage) => {
      await stage.press('Control+l');
      await stage.get('library-row').first().waitFor();
      await stage.get('filter-verdict').click();
      await stage.get('filter-choice').first().waitFor();
    },
  },
];

const inChinese: readonly Shot[] = [
  { name: 'workstation-zh-dark', pose: top },
  {
    name: 'library-zh-dark',
    pose: async (stage) => {
      await stage.press('Control+l');
      await stage.get('library-row').first().waitFor();
      await unfocus(stage);
    },
  },
];

const onPhone: readonly Shot[] = [
  {
    name: 'phone',
    pose: (stage) =>
      stage.page.evaluate(
        'document.querySelector("[data-testid=result]").scrollIntoView(); document.scrollingElement.scrollBy(0, -8)',
      ),
  },
];

const phone = { width: 390, height: 844 } as const;
const desk = { width: 1360, height: 850 } as const;
/** High enough for every panel: what is taken out of it is never cut. */
const tall = { width: 1360, height: 2000 } as const;

/** Back to the medley, the whole of it, with nothing chosen and nothing open. */
async function reset(stage: Stage): Promise<void> {
  const { get, press, select } = stage;
  await press('Escape', 'Escape');
  if ((await get('result').count()) === 0) await get('view-workstation').click();
  await select(song);
  if ((await get('attention').count()) > 0) await get('attention-toggle').click();
  if ((await get('region').count()) > 0) await press('Escape');
  await get('whole-track').click();
  await press('0');
  await unfocus(stage);
}

async function shoot(stage: Stage, { name, pose, of }: Shot): Promise<void> {
  const { page } = stage;
  await reset(stage);
  const before = page.viewportSize() ?? desk;
  if (of !== undefined) {
    await page.setViewportSize(tall);
    // The spectrogram would grow with the window.
    await page.evaluate('document.querySelector("[data-testid=spectrogram]").style.height = "19rem"');
  }
  await settled(stage);
  await pose(stage);
  await page.evaluate('document.fonts.ready');
  const boxes = await Promise.all((of?.(stage) ?? []).map((locator) => locator.boundingBox()));
  const found = boxes.filter((box) => box !== null);
  const margin = 8;
  const x = Math.min(...found.map((box) => box.x)) - margin;
  const y = Math.min(...found.map((box) => box.y)) - margin;
  const clip = {
    x,
    y,
    width: Math.max(...found.map((box) => box.x + box.width)) + margin - x,
    height: Math.max(...found.map((box) => box.y + box.height)) + margin - y,
  };
  const png = await page.screenshot({
    animations: 'disabled',
    caret: 'hide',
    ...(found.length === 0 ? {} : { clip }),
  });
  write(name, palettePng(png));
  await page.evaluate('document.querySelector("[data-testid=spectrogram]")?.style.removeProperty("height")');
  await page.setViewportSize(before);
}

function write(name: string, bytes: Buffer): void {
  const path = join(images, `${name}.png`);
  writeFileSync(path, bytes);
  console.log(`${path}  ${Math.round(bytes.length / 1000)} kB`);
}

const wanted = (shot: { readonly name: string }): boolean =>
  positionals.length === 0 || positionals.includes(shot.name);

const server =
  values.address === undefined
    ? await build({ root, logLevel: 'error' }).then(() =>
        preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } }),
      )
    : null;
const address = values.address ?? server?.resolvedUrls?.local[0] ?? '';
const browser = await chromium.launch(chromiumLaunchOptions());
try {
  const context = await browser.newContext({ viewport: desk, reducedMotion: 'reduce', locale: 'en-GB' });
  // The archive picture for the screen, not for print.
  await context.addInitScript(
    'if (localStorage.length === 0) localStorage.setItem("acousticsense.settings", \'{"archiveScale":1}\')',
  );
  const stage = await openStage(context, address, 'lang=en&theme=light');
  await review(stage);
  for (const shot of inEnglish.filter(wanted)) await shoot(stage, shot);

  // The switches of the header keep the list as it is.
  const choose = (value: string) => stage.page.locator(`header label:has(input[value="${value}"])`).click();
  await choose('zh');
  await choose('dark');
  for (const shot of inChinese.filter(wanted)) await shoot(stage, shot);

  await choose('en');
  await choose('light');
  await stage.page.setViewportSize(phone);
  for (const shot of onPhone.filter(wanted)) await shoot(stage, shot);
  await stage.page.setViewportSize(desk);

  if (wanted({ name: 'card' })) {
    await reset(stage);
    const saved = stage.page.waitForEvent('download', { timeout: 120_000 });
    await stage.press('Control+s');
    // To look at: in 256 colours the result is no longer in it.
    write('card', palettePng(readFileSync(await (await saved).path())));
  }

  await context.close();
} finally {
  await browser.close();
  await server?.close();
}
process.exit(0);
