// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { en } from '#app/i18n/en.ts';
import { zh } from '#app/i18n/zh.ts';
import { noReview } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { addFiles } from '#state/actions/jobActions.ts';
import { openLibrary } from '#state/actions/libraryActions.ts';
import { runShortcut } from '#state/actions/commands.ts';
import { bareTarget } from '#state/actions/keyBindings.ts';
import { correctTo, reviewOf } from '#state/actions/reviewActions.ts';
import { setLanguage } from '#state/actions/settingActions.ts';
import {
  createFakeHost,
  fakeFile,
  fakeReport,
  fakeWindow,
  settle,
  type FakeHost,
} from '#state/testing/fakeHost.ts';
import { genresFor } from '#ui/features/review/GenreSearch.tsx';
import { JudgementNotes } from '#ui/features/review/JudgementNotes.tsx';
import { ReviewMarks } from '#ui/features/review/ReviewMarks.tsx';
import { ReviewPanel } from '#ui/features/review/ReviewPanel.tsx';
import { createFormat } from '#ui/i18n/format.ts';
import { LanguageContext } from '#ui/i18n/LanguageContext.tsx';
import { WorkbenchContext, useJobs, useSettings, type PageHost } from '#ui/WorkbenchContext.tsx';

const host = {} as PageHost;

function Panels() {
  const language = useSettings((state) => state.language);
  const job = useJobs((state) => state.jobs[state.selectedId ?? '']);
  if (job?.phase.kind !== 'done') return null;
  return (
    <LanguageContext value={{ language, text: language === 'zh' ? zh : en, format: createFormat(language) }}>
      <ReviewPanel key={job.id} report={job.phase.report} />
      <ReviewMarks report={job.phase.report} />
    </LanguageContext>
  );
}

async function show(...names: readonly string[]): Promise<FakeHost> {
  const fake = createFakeHost();
  await openLibrary.effect(fake.bench);
  addFiles.effect(fake.bench, names.map(fakeFile));
  await fake.bench.runner.idle();
  render(
    <WorkbenchContext value={{ bench: fake.bench, host }}>
      <Panels />
    </WorkbenchContext>,
  );
  await act(settle);
  return fake;
}

const reportAt = ({ bench }: FakeHost, place: number): AnalysisReport => {
  const { jobs, order } = bench.jobs.getState();
  const phase = jobs[order[place] ?? '']?.phase;
  if (phase?.kind !== 'done') throw new Error('not done');
  return phase.report;
};
const press = (testId: string): void => {
  fireEvent.click(screen.getByTestId(testId));
};
const pressed = (): string[] =>
  screen.getAllByRole('button', { pressed: true }).map((button) => button.dataset['testid'] ?? '');

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe('the review panel', () => {
  it('shows the verdict as a pressed button, in words, and as a mark in the list', async () => {
    await show('a.wav');
    press('command-accept');
    expect(pressed()).toEqual(['command-accept']);
    expect(screen.getByTestId('verdict-text').textContent).toBe('Accepted');
    expect(screen.getByTestId('review-marks').dataset['verdict']).toBe('accepted');
    press('command-clearVerdict');
    expect(screen.queryAllByRole('button', { pressed: true })).toHaveLength(0);
  });

  it('corrects by typing in either language, with the mark of an experimental label', async () => {
    const fake = await show('a.wav');
    press('command-correct');
    const field = screen.getByTestId('genre-search');
    expect(document.activeElement).toBe(field);
    fireEvent.change(field, { target: { value: '民' } });
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual(['Folk *民谣']);
    fireEvent.keyDown(field, { key: 'Enter' });
    await act(settle);
    expect(reviewOf(fake.bench, reportAt(fake, 0)).verdict).toEqual({ kind: 'corrected', genre: 'Folk' });
    expect(screen.getByTestId('verdict-text').textContent).toBe('Corrected to Folk *');
    act(() => setLanguage.effect(fake.bench, 'zh'));
    expect(screen.getByTestId('verdict-text').textContent).toBe('已更正为民谣 *');
  });

  it('letters typed before the field is drawn are no commands', async () => {
    const fake = await show('a.wav');
    const key = (letter: string): boolean =>
      runShortcut(fake.bench, { key: letter, mod: false, shift: false }, bareTarget);
    // Not within act: the panel is drawn afterwards, as on a page that is still busy with the result.
    expect(['e', 'b', 'l', 'u', 'e', 's'].map(key)).toEqual(Array.from('eblues', () => true));
    await act(settle);
    expect(reviewOf(fake.bench, reportAt(fake, 0)).verdict.kind).toBe('none');
    expect(document.activeElement).toBe(screen.getByTestId('genre-search'));
    await act(async () => correctTo.effect(fake.bench, 'Blues'));
    await act(settle);
    expect(key('u')).toBe(true);
    await act(settle);
    expect(reviewOf(fake.bench, reportAt(fake, 0)).verdict.kind).toBe('unsure');
  });

  it('walks the genres with the arrows, and Escape changes nothing', async () => {
    const fake = await show('a.wav');
    press('command-correct');
    const field = screen.getByTestId('genre-search');
    const active = (): string | undefined =>
      document.getElementById(field.getAttribute('aria-activedescendant') ?? '')?.dataset['genre'];
    expect(active()).toBe('Jazz');
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    expect(active()).toBe('Folk');
    fireEvent.keyDown(field, { key: 'ArrowUp' });
    fireEvent.keyDown(field, { key: 'ArrowUp' });
    expect(active()).toBe('Blues');
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(screen.queryByTestId('genre-search')).toBeNull();
    expect(reviewOf(fake.bench, reportAt(fake, 0))).toEqual(noReview);
  });

  it('stores a note after a pause in writing, and never loses one when another file is looked at', async () => {
    const fake = await show('a.wav', 'b.wav');
    const note = screen.getByTestId('review-note');
    note.focus();
    vi.useFakeTimers();
    fireEvent.change(note, { target: { value: 'spoken' } });
    expect(reviewOf(fake.bench, reportAt(fake, 0)).note).toBe('');
    act(() => void vi.advanceTimersByTime(600));
    expect(reviewOf(fake.bench, reportAt(fake, 0)).note).toBe('spoken');
    fireEvent.change(note, { target: { value: 'spoken intro' } });
    act(() => fake.bench.jobs.setState(({ order }) => ({ selectedId: order[1] ?? null })));
    expect(reviewOf(fake.bench, reportAt(fake, 0)).note).toBe('spoken intro');
    expect(reviewOf(fake.bench, reportAt(fake, 1)).note).toBe('');
    expect(fake.bench.history.getState().done).toHaveLength(1);
  });

  it('adds and removes tags', async () => {
    const fake = await show('a.wav');
    const field = screen.getByTestId('review-tag-field');
    fireEvent.change(field, { target: { value: '<b>live</b>' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    await act(settle);
    expect(screen.getByTestId('review-tag').textContent).toBe('<b>live</b>');
    fireEvent.click(screen.getByRole('button', { name: 'Remove the tag <b>live</b>' }));
    await act(settle);
    expect(reviewOf(fake.bench, reportAt(fake, 0)).tags).toEqual([]);
  });
});

const found = (query: string): string[] => genresFor(fakeReport('a.wav'), query).map(({ id }) => id);

describe('the search for a genre', () => {
  it('lists all by likelihood, then what begins with the text, then what contains it', () => {
    expect(found('')).toEqual(['Jazz', 'Folk', 'Rock', 'Pop', 'Metal', 'Blues']);
    expect(found('O')).toEqual(['Folk', 'Rock', 'Pop']);
    expect(found('b')).toEqual(['Blues']);
    expect(found('ｊａｚ')).toEqual(['Jazz']);
    expect(found('polka')).toEqual([]);
  });
});

const judged = (props: Partial<Parameters<typeof JudgementNotes>[0]>): HTMLElement | null => {
  const report = fakeReport('a.wav');
  const format = createFormat('en');
  render(
    <LanguageContext value={{ language: 'en', text: en, format }}>
      <JudgementNotes
        track={report.track}
        windows={report.windows}
        labels={report.model.labels}
        window={null}
        {...props}
      />
    </LanguageContext>,
  );
  return screen.queryByTestId('judgement');
};

describe('what to be careful about', () => {
  const close = [
    { genre: 'Jazz', probability: 0.5 },
    { genre: 'Folk', probability: 0.45 },
  ];

  it('is nothing where all is clear', () => {
    expect(judged({})).toBeNull();
  });

  it('names the two genres that are close, with their marks', () => {
    const shown = judged({ track: { predictions: close, agreement: 1, vote: [] } });
    expect(shown?.dataset).toMatchObject({ ambiguous: 'true', reasons: 'close', notMusic: 'false' });
    expect(shown?.textContent).toContain('Jazz and Folk * are only 5 points apart.');
  });

  it('says that the windows disagree', () => {
    const { predictions } = fakeReport('a.wav').track;
    const shown = judged({ track: { predictions, agreement: 0.25, vote: [] } });
    expect(shown?.dataset['reasons']).toBe('windows-disagree');
    expect(shown?.textContent).toContain('only 25%');
  });

  it('says why a window does not look like music', () => {
    const noise = judged({ window: { ...fakeWindow(0), noise: true } });
    expect(noise?.dataset).toMatchObject({ notMusic: 'true', ambiguous: 'false' });
    expect(noise?.textContent).toContain('noise rather than music');
    cleanup();
    const silent = judged({ window: { ...fakeWindow(0), silent: true, predictions: [] } });
    expect(silent?.textContent).toContain('silent');
  });
});
