import type { Page } from '@playwright/test';
import { traced, undisturbed, type MainThreadTask } from './fixtures/trace.ts';
import { expect, test } from './fixtures/workstation.ts';

/**
 * The page keeps answering while it works: a song of three minutes, from the drop to the finished result and its picture in
 * the library. What else the machine does only adds to the times: tasks are measured in processor time, the first paint
 * without the time in which the main thread was interrupted, and the best of up to three runs counts.
 */

const longestTaskMs = 50;
const firstPaintMs = 100;
/** Of work: the panels around the result follow in slices, behind its first paint. */
const wholeWorkMs = 200;

/** Moments of one file, milliseconds of `performance.now()`. */
interface Moments {
  /** Phases of the result view, with when they came. */
  readonly phases: readonly (readonly [phase: string, at: number])[];
  /** When the page got the last message of a worker before the result stood. */
  readonly numbers: number;
  /** When the first frame was painted that shows the result: its bars and its ribbon. */
  readonly first: number;
  /** When the frame was painted that shows the descriptors and the review too. */
  readonly whole: number;
}

/** Watches the page from its first line on. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept = { phases: [] as [string, number][], numbers: 0, first: 0, whole: 0 };
    let resolve = (): void => undefined;
    const shown = new Promise<void>((done) => {
      resolve = done;
    });
    Object.assign(globalThis, { moments: kept, shown });
    // What workers say, before anyone on the page hears it.
    const Real = Worker;
    globalThis.Worker = class extends Real {
      constructor(address: string | URL, options?: WorkerOptions) {
        super(address, options);
        this.addEventListener('message', () => {
          if (kept.phases.at(-1)?.[0] === 'analysing') kept.numbers = performance.now();
        });
      }
    };
    /** A task posted in a frame runs when the frame has been painted. */
    const afterPaint = (then: (now: number) => void): void => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => then(performance.now()));
      port1.start();
      port2.postMessage(null);
    };
    const onFrame = (): void => {
      const done = document.querySelector('[data-testid="result"][data-phase="done"]');
      const ribbon = done?.querySelector<HTMLCanvasElement>('[data-testid="ribbon-canvas"]');
      const hasResult =
        done?.querySelectorAll('[data-testid="prediction-bar"]').length === 5 && (ribbon?.width ?? 0) > 0;
      const hasPanels =
        (done?.querySelectorAll('[data-testid="descriptor"]').length ?? 0) >= 5 &&
        done?.querySelector('[data-testid="review"]') !== null;
      if (hasResult && kept.first === 0)
        afterPaint((now) => {
          kept.first = now;
        });
      if (!hasResult || !hasPanels) {
        requestAnimationFrame(onFrame);
        return;
      }
      afterPaint((now) => {
        kept.whole = now;
        // Keeping the result and painting its small picture are done when the page is idle again.
        requestIdleCallback(() => requestIdleCallback(() => setTimeout(resolve, 1000)));
      });
    };
    new MutationObserver(() => {
      const phase = document.querySelector<HTMLElement>('[data-testid="result"]')?.dataset['phase'];
      if (phase === undefined || phase === kept.phases.at(-1)?.[0]) return;
      kept.phases.push([phase, performance.now()]);
      if (phase === 'done') requestAnimationFrame(onFrame);
    }).observe(document, { subtree: true, childList: true, attributeFilter: ['data-phase'] });
  });
}

/** Milliseconds. */
interface Measured {
  /** From the numbers to the first paint of the result. */
  readonly first: number;
  /** Work of the main thread from the numbers until the panels around the result are painted too. */
  readonly whole: number;
  readonly longest: MainThreadTask | undefined;
}

/** The best of each over the runs. */
const best = (measured: readonly Measured[]): { first: number; whole: number; longest: number } => ({
  first: Math.min(...measured.map(({ first }) => first)),
  whole: Math.min(...measured.map(({ whole }) => whole)),
  longest: Math.min(...measured.map(({ longest }) => longest?.processor ?? Number.NaN)),
});

test('a song of three minutes: no long task outside decoding, and its numbers are painted at once', async ({
  workstation,
  clips,
}) => {
  const { page, result, status } = workstation;
  await watch(page);
  const measured: Measured[] = [];
  for (const sample of ['night-drive.wav', 'evensong.wav', 'iron-gate.wav'] as const) {
    const path = clips.repeated(sample, 180);
    await workstation.open();
    await status.expectReady();
    const tasks = await traced(page, async () => {
      await workstation.drop(path);
      // One question, answered once: the test's own looks at the page are tasks of its main thread too.
      await page.evaluate(() => (globalThis as unknown as { shown: Promise<void> }).shown);
    });
    await result.expectDone();
    await expect(page.getByTestId('view-library')).toContainText(String(measured.length + 1));
    const { phases, numbers, first, whole } = await page.evaluate(
      () => (globalThis as unknown as { moments: Moments }).moments,
    );
    const at = (phase: string): number => phases.find(([name]) => name === phase)?.[1] ?? Number.NaN;
    expect(at('decoding')).toBeLessThan(at('preparing'));
    expect(at('preparing')).toBeLessThan(numbers);
    expect(numbers).toBeLessThan(first);
    expect(first).toBeLessThanOrEqual(whole);
    // Decoding is the browser's: it hands the samples over in a task on the main thread.
    const outside = tasks.filter((task) => task.end < at('decoding') || task.start > at('preparing'));
    // Drop, 34 windows and the picture: a trace with less has not seen the page.
    expect(outside.length).toBeGreaterThan(100);
    const [longest] = outside.toSorted((a, b) => b.processor - a.processor);
    measured.push({
      first: undisturbed(tasks, numbers, first),
      whole: tasks
        .filter((task) => task.start < whole && task.end > numbers)
        .reduce((sum, task) => sum + task.processor, 0),
      longest,
    });
    const { first: paint, whole: work, longest: task } = best(measured);
    if (paint < firstPaintMs && work < wholeWorkMs && task <= longestTaskMs) break;
  }
  const found = JSON.stringify(measured, null, 1);
  test.info().annotations.push({ type: 'measured', description: found });
  expect(best(measured).first, `from the numbers to the result: ${found}`).toBeLessThan(firstPaintMs);
  expect(best(measured).whole, `work for all of the result: ${found}`).toBeLessThan(wholeWorkMs);
  expect(best(measured).longest, `the longest task: ${found}`).toBeLessThanOrEqual(longestTaskMs);
});
