// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { en } from '#app/i18n/en.ts';
import type { WindowResult } from '#core/report/report.ts';
import { reportOf } from '#core/testing/report.ts';
import { windowsOf } from '#core/testing/windows.ts';
import { withReopened, type Job } from '#state/jobs.ts';
import { createFakeHost, type FakeHost } from '#state/testing/fakeHost.ts';
import { trackView, type TrackView } from '#ui/features/result/trackView.ts';
import { Ribbon } from '#ui/features/ribbon/Ribbon.tsx';
import { createFormat } from '#ui/i18n/format.ts';
import { LanguageContext } from '#ui/i18n/LanguageContext.tsx';
import { WorkbenchContext, type PageHost } from '#ui/WorkbenchContext.tsx';

const host = {} as PageHost;

function Shown({
  fake,
  job,
  view,
}: {
  readonly fake: FakeHost;
  readonly job: Job;
  readonly view: TrackView;
}) {
  return (
    <LanguageContext value={{ language: 'en', text: en, format: createFormat('en') }}>
      <WorkbenchContext value={{ bench: fake.bench, host }}>
        <Ribbon view={view} job={job} />
      </WorkbenchContext>
    </LanguageContext>
  );
}

/** A finished result on the list, as the ribbon gets it. */
function finished(): { fake: FakeHost; job: Job; view: TrackView } {
  const fake = createFakeHost();
  const report = reportOf({
    windows: [...reportOf().windows, ...windowsOf([null, null, null, null]).slice(3)],
  });
  fake.bench.jobs.setState((state) => withReopened(state, [{ id: 'job', report, archivedPicture: null }]));
  const job = fake.bench.jobs.getState().jobs['job'];
  if (job === undefined) throw new Error('no job');
  return { fake, job, view: trackView(job.phase, null) };
}

const inProgress = (
  view: TrackView,
  windows: readonly WindowResult[],
  best: readonly string[],
): TrackView => ({
  ...view,
  report: null,
  windows,
  windowsTotal: 4,
  track: {
    predictions: best.map((genre, at) => ({ genre, probability: 0.5 - at / 10 })),
    agreement: 1,
    vote: [],
  },
});

const leading = (): string | undefined => screen.getByTestId('ribbon').dataset['leading'];

const radio = (name: RegExp): HTMLInputElement => screen.getByRole('radio', { name });

afterEach(cleanup);

describe('Ribbon', () => {
  it('names every window for those who do not see it, with its time and genre', () => {
    render(<Shown {...finished()} />);
    expect(screen.getAllByRole('radio')).toHaveLength(5);
    expect(radio(/^Window 1, 0:00\.0 to 0:10\.0: Jazz 60%$/)).toBeTruthy();
    expect(radio(/^Window 2, 0:05\.0 to 0:15\.0: Folk \* 70%$/)).toBeTruthy();
    expect(radio(/^Window 4, .*: silence, no prediction$/)).toBeTruthy();
    expect(radio(/whole track/).checked).toBe(true);
  });

  it('a window is chosen, and Escape is the whole track', () => {
    const { fake, ...rest } = finished();
    render(<Shown fake={fake} {...rest} />);
    fireEvent.click(radio(/^Window 2/));
    expect(fake.bench.jobs.getState().selectedWindow).toBe(1);
    fireEvent.keyDown(radio(/^Window 2/), { key: 'Escape' });
    expect(fake.bench.jobs.getState().selectedWindow).toBeNull();
    expect(document.activeElement).toBe(radio(/whole track/));
  });

  it('says what is heard under the pointer, and tells the other pictures where it is', () => {
    const { fake, ...rest } = finished();
    render(<Shown fake={fake} {...rest} />);
    const area = screen.getAllByTestId('window')[0]!.parentElement!.parentElement!.parentElement!;
    area.getBoundingClientRect = () => new DOMRect(0, 0, 200, 56);
    fireEvent.pointerMove(area, { clientX: 75 });
    // 7.5 s of 20: under the first two windows.
    expect(fake.bench.view.getState().cursor).toEqual({ seconds: 7.5, hertz: null });
    const heard = screen
      .getAllByTestId('ribbon-heard-genre')
      .map((row) => [row.dataset['genre'], Number(row.dataset['probability'])]);
    expect(heard[0]).toEqual(['Folk', expect.closeTo(0.5, 9)]);
    expect(heard[1]).toEqual(['Jazz', expect.closeTo(0.4, 9)]);
    fireEvent.pointerLeave(area);
    expect(fake.bench.view.getState().cursor).toBeNull();
    expect(screen.queryByTestId('ribbon-heard')).toBeNull();
  });

  it('genres keep their colours while windows arrive, and stand in their order at the end', () => {
    const { fake, job, view } = finished();
    const windows = view.windows;
    const { rerender } = render(
      <Shown fake={fake} job={job} view={inProgress(view, windows.slice(0, 1), ['Rock', 'Jazz', 'Folk'])} />,
    );
    expect(leading()).toBe('Rock Jazz Folk');
    act(() =>
      rerender(
        <Shown
          fake={fake}
          job={job}
          view={inProgress(view, windows.slice(0, 2), ['Jazz', 'Folk', 'Rock'])}
        />,
      ),
    );
    expect(leading()).toBe('Rock Jazz Folk');
    act(() => rerender(<Shown fake={fake} job={job} view={view} />));
    expect(leading()).toBe('Jazz Folk Rock');
  });
});
