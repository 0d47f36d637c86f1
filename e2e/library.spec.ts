import { AxeBuilder } from '@axe-core/playwright';
import { samplePath, type SampleFile } from './fixtures/clips.ts';
import { LibraryPage, manyTimes } from './fixtures/libraryView.ts';
import { expect, test, type Workstation } from './fixtures/workstation.ts';

/** The library as an editor uses it: what was analysed is found, judged, tagged, deleted, brought back and opened. */

const songs = ['evensong.wav', 'iron-gate.wav', 'night-drive.wav'] as const;

async function withResults(workstation: Workstation, files: readonly SampleFile[]): Promise<LibraryPage> {
  await workstation.open();
  await workstation.drop(...files.map(samplePath));
  await workstation.queue.expectSettled(60_000);
  await expect(workstation.page.getByTestId('view-library')).toContainText(String(files.length));
  return new LibraryPage(workstation.page);
}

test('results are reviewed in the library with the keyboard alone', async ({ workstation }) => {
  const { page, result } = workstation;
  const library = await withResults(workstation, songs);

  await test.step('the list has the focus when it opens, the newest result first', async () => {
    await page.keyboard.press('Control+l');
    await expect(library.list).toBeFocused();
    await library.expectListed('night-drive.wav', 'iron-gate.wav', 'evensong.wav');
    await expect(library.row('evensong.wav').getByTestId('thumbnail')).toBeVisible();
  });

  await test.step('arrows move, shift extends, space takes in and out', async () => {
    await page.keyboard.press('ArrowDown');
    await library.expectSelected('night-drive.wav');
    await page.keyboard.press('Shift+ArrowDown');
    await library.expectSelected('night-drive.wav', 'iron-gate.wav');
    await page.keyboard.press('Control+End');
    await library.expectSelected('night-drive.wav', 'iron-gate.wav');
    await page.keyboard.press('Space');
    await library.expectSelected('night-drive.wav', 'iron-gate.wav', 'evensong.wav');
    await page.keyboard.press('Space');
    await library.expectSelected('night-drive.wav', 'iron-gate.wav');
    const active = await library.list.getAttribute('aria-activedescendant');
    expect(active).toBe(await library.row('evensong.wav').getAttribute('id'));
  });

  await test.step('a verdict and a tag for both, undone and done again', async () => {
    await page.keyboard.press('a');
    await expect(library.row('iron-gate.wav')).toHaveAttribute('data-verdict', 'accepted');
    await expect(library.row('night-drive.wav')).toHaveAttribute('data-verdict', 'accepted');
    await expect(library.row('evensong.wav')).toHaveAttribute('data-verdict', 'none');
    await page.keyboard.press('t');
    await expect(library.tagInput).toBeFocused();
    await page.keyboard.type('夜场');
    await page.keyboard.press('Enter');
    await expect(library.row('iron-gate.wav')).toHaveAttribute('data-tags', '夜场');
    await page.keyboard.press('Escape');
    await expect(library.tagInput).toBeHidden();
    await expect(library.list).toBeFocused();
    await page.keyboard.press('Control+z');
    await expect(library.row('iron-gate.wav')).toHaveAttribute('data-tags', '');
    await page.keyboard.press('Control+Shift+z');
    await expect(library.row('night-drive.wav')).toHaveAttribute('data-tags', '夜场');
  });

  await test.step('search by tag: what is hidden is not acted on', async () => {
    await page.keyboard.press('Control+a');
    await page.keyboard.press('/');
    await expect(library.search).toBeFocused();
    await page.keyboard.type('夜场 DRIVE');
    await library.expectListed('night-drive.wav');
    await page.keyboard.press('Enter');
    await expect(library.list).toBeFocused();
    await expect(library.bar).toHaveAttribute('data-selected', '1');
    await expect(library.bar).toHaveAttribute('data-hidden', '2');
    await page.keyboard.press('Delete');
    await expect(page.getByTestId('library-nothing')).toBeVisible();
    await expect(library.undoBar).toContainText('night-drive.wav');
    await workstation.tabTo(page.getByTestId('clear-filters'));
    await page.keyboard.press('Enter');
    await library.expectListed('iron-gate.wav', 'evensong.wav');
  });

  await test.step('undo brings all of it back, and Enter opens it', async () => {
    await page.keyboard.press('Control+z');
    await library.expectListed('night-drive.wav', 'iron-gate.wav', 'evensong.wav');
    await expect(library.row('night-drive.wav')).toHaveAttribute('data-verdict', 'accepted');
    await expect(library.row('night-drive.wav')).toHaveAttribute('data-tags', '夜场');
    await workstation.tabTo(library.list);
    await page.keyboard.press('End');
    await library.expectSelected('evensong.wav');
    const probability = Number(await library.row('evensong.wav').getAttribute('data-probability'));
    await page.keyboard.press('Enter');
    await result.expectDone();
    await expect(page.getByRole('heading', { level: 2, name: 'evensong.wav' })).toBeVisible();
    expect((await result.predictions())[0]?.probability).toBe(probability);
  });

  await test.step('all of it is still there in the next visit', async () => {
    await workstation.reload();
    await page.keyboard.press('Control+l');
    await library.expectListed('night-drive.wav', 'iron-gate.wav', 'evensong.wav');
    await expect(library.row('iron-gate.wav')).toHaveAttribute('data-verdict', 'accepted');
    await expect(library.row('iron-gate.wav')).toHaveAttribute('data-tags', '夜场');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await result.expectDone();
    await expect(page.getByRole('heading', { level: 2, name: 'evensong.wav' })).toBeVisible();
  });
});

test('results are found, compared and deleted with the pointer', async ({ workstation }) => {
  const { page, result } = workstation;
  const files = [...songs, 'far-shore.wav', 'island-noon.wav'] as const;
  const library = await withResults(workstation, files);
  await library.open();

  await test.step('columns sort, both ways', async () => {
    await page.getByTestId('column-name').click();
    await library.expectListed(...files.toSorted());
    await page.getByTestId('column-name').click();
    await library.expectListed(...files.toSorted().toReversed());
    await page.getByTestId('library-sort').selectOption('confidence');
    const values = await library.rows.evaluateAll((rows) =>
      rows.map((row) => Number(row.dataset['probability'])),
    );
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    await page.getByTestId('library-sort').selectOption('name');
  });

  await test.step('single, more and ranges', async () => {
    await library.row('far-shore.wav').click();
    await library.row('island-noon.wav').click({ modifiers: ['Shift'] });
    await library.expectSelected('far-shore.wav', 'iron-gate.wav', 'island-noon.wav');
    await library.row('iron-gate.wav').click({ modifiers: ['Control'] });
    await library.expectSelected('far-shore.wav', 'island-noon.wav');
    await library.row('night-drive.wav').locator('[data-toggle]').click();
    await library.expectSelected('far-shore.wav', 'island-noon.wav', 'night-drive.wav');
    await library.command('unsureSelected').click();
    await expect(library.row('far-shore.wav')).toHaveAttribute('data-verdict', 'unsure');
  });

  await test.step('filters say how many each choice leaves', async () => {
    await page.getByTestId('filter-verdict').click();
    await expect(library.choice('unsure')).toContainText('3');
    await expect(library.choice('none')).toContainText('2');
    await page.keyboard.press('Escape');
    await library.choose('verdict', 'unsure');
    await library.expectListed('far-shore.wav', 'island-noon.wav', 'night-drive.wav');
    const genre = (await library.row('far-shore.wav').getAttribute('data-genre')) ?? '';
    await library.choose('genre', genre);
    await expect(library.row('far-shore.wav')).toBeVisible();
    for (const shown of await library.rows.all()) await expect(shown).toHaveAttribute('data-genre', genre);
    await page.getByTestId('clear-filters').click();
    await library.expectListed(...files.toSorted());
  });

  await test.step('tracks like this one', async () => {
    await library.row('evensong.wav').click();
    await library.command('likeSelected').click();
    await expect(page.getByTestId('library-likeness')).toContainText('evensong.wav');
    expect((await library.names())[0]).toBe('evensong.wav');
    await page.getByTestId('library-likeness-end').click();
    await page.getByTestId('library-sort').selectOption('name');
  });

  await test.step('several are deleted, and brought back by the bar', async () => {
    await library.row('evensong.wav').click();
    await library.row('iron-gate.wav').click({ modifiers: ['Shift'] });
    await library.command('deleteSelected').click();
    await library.expectListed('island-noon.wav', 'night-drive.wav');
    await expect(library.undoBar).toContainText(library.text.deleted(3, '3'));
    await page.getByTestId('undo-delete').click();
    await library.expectListed(...files.toSorted());
    await expect(library.undoBar).toBeHidden();
  });

  await test.step('two are compared; a double click opens one', async () => {
    await library.row('evensong.wav').click();
    await library.row('night-drive.wav').click({ modifiers: ['Control'] });
    await library.command('compareSelected').click();
    await expect(library.view).toBeHidden();
    await library.open();
    await library.row('iron-gate.wav').dblclick();
    await result.expectDone();
    await expect(page.getByRole('heading', { level: 2, name: 'iron-gate.wav' })).toBeVisible();
  });
});

test('thousands of results: few are in the document, and all are found', async ({ workstation, clips }) => {
  const { page } = workstation;
  const count = 1500;
  const library = await withResults(workstation, ['evensong.wav']);
  await library.open();
  const archive = await library.exportAll();
  const own = clips.write('own.zip', archive);
  const made = manyTimes(archive, count);
  const many = clips.write('many.zip', made);
  const half = clips.write('half.zip', made.subarray(0, made.length / 2));

  await test.step('an archive is added; the same once more adds nothing', async () => {
    await library.import(many);
    await expect(library.transfer).toHaveAttribute('data-code', 'imported');
    await expect(library.transfer).toContainText(library.text.imported(count, 0));
    await expect(library.count).toHaveAttribute('data-listed', String(count + 1));
    await library.import(own);
    await expect(library.transfer).toContainText(library.text.imported(0, 1));
    await expect(library.count).toHaveAttribute('data-listed', String(count + 1));
  });

  await test.step('a damaged archive is refused, and nothing changes', async () => {
    await library.import(half);
    await expect(library.transfer).toHaveAttribute('data-code', /archive/);
    await expect(library.count).toHaveAttribute('data-listed', String(count + 1));
  });

  await test.step('only the rows in sight are in the document, wherever the list is', async () => {
    await expect(library.list).toHaveAttribute('aria-rowcount', String(count + 2));
    await library.list.focus();
    for (const key of ['PageDown', 'PageDown', 'End', 'ArrowUp', 'PageUp', 'Home']) {
      await page.keyboard.press(key);
      const focused = page.locator('[data-testid="library-row"][data-focused="true"]');
      await expect(focused).toBeInViewport();
      expect(await library.rows.count()).toBeLessThan(60);
    }
    const most = await library.list.evaluate(async (list) => {
      let most = 0;
      for (let step = 0; step <= 40; step++) {
        list.scrollTop = (step / 40) * list.scrollHeight;
        await new Promise((resolve) => requestAnimationFrame(resolve));
        most = Math.max(most, list.querySelectorAll('[data-testid="library-row"]').length);
      }
      return most;
    });
    expect(most).toBeLessThan(60);
  });

  await test.step('numbers in names are numbers; a search leaves what it should', async () => {
    await page.getByTestId('library-sort').selectOption('name');
    await expect
      .poll(async () => (await library.names()).slice(0, 4))
      .toEqual(['evensong.wav', 'take 0.wav', 'take 1.wav', 'take 2.wav']);
    await library.search.fill('ＴＡＫＥ 149');
    // 149, 1149 and 1490 to 1499.
    await expect(library.count).toHaveAttribute('data-listed', '12');
    await library.search.fill('');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+a');
    await expect(library.bar).toHaveAttribute('data-selected', String(count + 1));
  });
});

test('the library is accessible in both themes and widths', async ({ workstation }) => {
  const { page } = workstation;
  await workstation.open();
  const library = new LibraryPage(page);
  await library.open();
  const check = async (state: string): Promise<void> => {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const theme of ['light', 'dark'] as const) {
        await page
          .getByRole('radio', { name: workstation.words.theme[theme], exact: true })
          .check({ force: true });
        await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
          `${state}, ${width} px, ${theme}`,
        ).toEqual([]);
        const sticksOut = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(sticksOut, `${state}, ${width} px`).toBeLessThanOrEqual(0);
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  };
  await expect(page.getByTestId('library-empty')).toBeVisible();
  await check('empty');

  await workstation.drop(...songs.map(samplePath));
  await workstation.queue.expectSettled(60_000);
  await library.open();
  await library.row('iron-gate.wav').click();
  await page.keyboard.press('u');
  await expect(library.row('iron-gate.wav')).toHaveAttribute('data-verdict', 'unsure');
  await page.keyboard.press('t');
  await page.keyboard.type('live');
  await page.keyboard.press('Enter');
  await expect(library.row('iron-gate.wav')).toHaveAttribute('data-tags', 'live');
  await page.keyboard.press('Escape');
  await check('list');
  await page.getByTestId('filter-genre').click();
  await check('filter');
  await expect(page.getByTestId('library-keeping')).toHaveAttribute('data-keeping', /persisted|best-effort/);
});
