// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { en } from '#app/i18n/en.ts';
import { zh } from '#app/i18n/zh.ts';
import { analysisError } from '#core/errors.ts';
import { addFiles } from '#state/actions/jobActions.ts';
import { setLanguage } from '#state/actions/settingActions.ts';
import {
  createFakeHost,
  fakeFile,
  settle,
  type FakeHost,
  type FakeHostOptions,
} from '#state/testing/fakeHost.ts';
import { Page } from '#ui/features/Page.tsx';
import { createFormat } from '#ui/i18n/format.ts';
import { LanguageContext } from '#ui/i18n/LanguageContext.tsx';
import { WorkbenchContext, useSettings, type PageHost } from '#ui/WorkbenchContext.tsx';

const copied: string[] = [];
const host: PageHost = {
  collectFiles: (transfer) => Promise.resolve([...transfer.files]),
  audioFilesOf: (files) => files,
  samples: () => Promise.resolve([{ file: 's.wav', title: { en: 'A sample', zh: '示例' }, seconds: 9 }]),
  fetchSample: (sample) => Promise.resolve(fakeFile(sample.file)),
  copyText: (text) => {
    copied.push(text);
    return Promise.resolve(true);
  },
};

function Localised() {
  const language = useSettings((state) => state.language);
  return (
    <LanguageContext value={{ language, text: language === 'zh' ? zh : en, format: createFormat(language) }}>
      <Page />
    </LanguageContext>
  );
}

async function show(options: FakeHostOptions = {}): Promise<FakeHost> {
  const fake = createFakeHost(options);
  render(
    <WorkbenchContext value={{ bench: fake.bench, host }}>
      <Localised />
    </WorkbenchContext>,
  );
  await act(settle);
  return fake;
}

async function drop(fake: FakeHost, ...names: string[]): Promise<void> {
  await act(async () => {
    addFiles.effect(fake.bench, names.map(fakeFile));
    await settle();
  });
}

const finish = (fake: FakeHost): Promise<void> => act(() => fake.bench.runner.idle());

const row = (index: number): HTMLElement =>
  within(screen.getAllByTestId('job')[index] ?? document.body).getAllByRole('button')[0] ?? document.body;

afterEach(() => {
  cleanup();
  copied.length = 0;
});

describe('the page', () => {
  it('starts with the ways in, and a sample is one press away', async () => {
    const fake = await show();
    expect(screen.getByRole('button', { name: 'Choose files' })).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: /A sample/ }));
    await act(settle);
    await finish(fake);
    expect(screen.getByTestId('job').dataset['phase']).toBe('done');
  });

  it('shows every genre with its full probability in a table, most likely first', async () => {
    const fake = await show();
    await drop(fake, 'song.wav');
    await finish(fake);
    const rows = screen.getAllByTestId('prediction-row');
    expect(rows.map((row) => row.dataset['genre'])).toEqual([
      'Jazz',
      'Folk',
      'Rock',
      'Pop',
      'Metal',
      'Blues',
    ]);
    expect(rows[0]?.dataset['probability']).toBe('0.432113');
    expect(within(rows[0] ?? document.body).getByText('43.21%')).toBeTruthy();
    expect(screen.getByTestId('news').textContent).toBe('song.wav: most likely Jazz, 43%.');
  });

  it('marks experimental labels and explains the mark', async () => {
    const fake = await show();
    await drop(fake, 'song.wav');
    await finish(fake);
    expect(screen.getByTitle('Experimental label')).toBeTruthy();
    expect(screen.getByText(/rests on little evidence/)).toBeTruthy();
  });

  it('draws the picture before the model is ready', async () => {
    const fake = await show({ holdModel: true });
    await drop(fake, 'song.wav');
    expect(screen.getByTestId('spectrogram').dataset['ready']).toBe('true');
    expect(screen.queryAllByTestId('prediction-row')).toHaveLength(0);
    await act(async () => {
      fake.releaseModel();
      await fake.bench.runner.idle();
    });
    const status = screen.getByTestId('status-backend');
    expect(status.dataset).toMatchObject({ backendKind: 'wasm', threads: '2', precision: 'int8' });
    expect(status.textContent).toBe('WASM · 2 threads · int8');
  });

  it('shows the first prediction after the first window', async () => {
    const fake = await show();
    fake.setFree(false);
    await drop(fake, 'song.wav');
    await act(() => fake.step());
    expect(screen.getByTestId('result').dataset['phase']).toBe('analysing');
    expect(screen.getAllByTestId('prediction-row')).toHaveLength(6);
    expect(screen.getByTestId('predictions-scope').textContent).toBe('so far: 1 of 2 windows');
    fake.setFree(true);
    await finish(fake);
  });

  it('says what went wrong and what to do, in both languages, and shows markup in names as text', async () => {
    const name = '<img src=x onerror=alert(1)>.mp3';
    const fake = await show({ failures: { [name]: analysisError('empty-file', 'no bytes') } });
    await drop(fake, name, 'good.wav');
    await finish(fake);
    expect(screen.getByTestId('failure').textContent).toContain('The file is empty');
    expect(screen.getByRole('heading', { level: 2, name })).toBeTruthy();
    expect(document.querySelector('img')).toBeNull();
    expect(screen.getAllByTestId('job').map((job) => job.dataset['phase'])).toEqual(['failed', 'done']);
    act(() => setLanguage.effect(fake.bench, 'zh'));
    expect(screen.getByTestId('failure').textContent).toContain('文件是空的');
  });

  it('looks at one window and back at the track', async () => {
    const fake = await show();
    await drop(fake, 'song.wav');
    await finish(fake);
    const windows = screen.getAllByTestId('window');
    expect(windows).toHaveLength(2);
    fireEvent.click(within(windows[1] ?? document.body).getByRole('radio'));
    expect(fake.bench.jobs.getState().selectedWindow).toBe(1);
    expect(screen.getByTestId('predictions-scope').textContent).toContain('Window 2');
    fireEvent.click(within(screen.getByTestId('whole-track')).getByRole('radio'));
    expect(fake.bench.jobs.getState().selectedWindow).toBeNull();
  });

  it('walks the list with the arrow keys and takes a file off with Delete', async () => {
    const fake = await show();
    await drop(fake, 'a.wav', 'b.wav', 'c.wav');
    await finish(fake);
    row(0).focus();
    fireEvent.keyDown(row(0), { key: 'ArrowDown' });
    expect(document.activeElement).toBe(row(1));
    expect(screen.getByRole('heading', { level: 2, name: 'b.wav' })).toBeTruthy();
    fireEvent.keyDown(row(1), { key: 'Delete' });
    expect(screen.getAllByTestId('job').map((job) => job.dataset['name'])).toEqual(['a.wav', 'c.wav']);
    expect(screen.getByRole('heading', { level: 2, name: 'c.wav' })).toBeTruthy();
  });

  it('saves the picture and copies the report', async () => {
    const fake = await show();
    const save = vi.spyOn(fake.bench.ports.pictures, 'compose');
    await drop(fake, 'song.wav');
    await finish(fake);
    fireEvent.click(screen.getByRole('button', { name: 'Save picture' }));
    await act(settle);
    expect(save).toHaveBeenCalledTimes(1);
    expect(save.mock.calls[0]?.[1]).toMatchObject({
      language: 'en',
      overlayOpacity: 0.6,
      scale: 2,
      theme: 'light',
    });
    expect(screen.getByText('Saved as song.wav.acousticsense.png')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Copy JSON' }));
    await act(settle);
    expect(JSON.parse(copied[0] ?? '')).toMatchObject({ schemaVersion: 2, file: { name: 'song.wav' } });
  });

  it('says that the picture was let go, and keeps the numbers', async () => {
    const fake = await show({ pictureBudgetBytes: 2000 });
    await drop(fake, 'a.wav', 'b.wav', 'c.wav');
    await finish(fake);
    fireEvent.click(row(1));
    expect(screen.getByText(/let go to save memory/)).toBeTruthy();
    expect(screen.getAllByTestId('prediction-row')).toHaveLength(6);
    expect(screen.getByRole('button', { name: 'Save picture' }).hasAttribute('disabled')).toBe(true);
  });

  it('cancels a running file and offers to analyse it again', async () => {
    const fake = await show();
    fake.setFree(false);
    await drop(fake, 'song.wav');
    fireEvent.click(screen.getByRole('button', { name: 'Cancel: song.wav' }));
    expect(screen.getByTestId('job').dataset['phase']).toBe('cancelled');
    fake.setFree(true);
    await finish(fake);
    fireEvent.click(screen.getByRole('button', { name: 'Analyse again' }));
    await finish(fake);
    expect(screen.getByTestId('job').dataset['phase']).toBe('done');
  });

  it('tells why the backend is used', async () => {
    const fake = await show();
    await drop(fake, 'song.wav');
    await finish(fake);
    fireEvent.click(screen.getByRole('button', { name: 'Details' }));
    expect(screen.getAllByTestId('attempt').map((attempt) => attempt.dataset['outcome'])).toEqual([
      'unavailable',
      'used',
    ]);
    expect(screen.getAllByTestId('timing')).toHaveLength(10);
  });
});
