import {
  longestNote,
  mostTags,
  noReview,
  recordIdOf,
  type Review,
  type Verdict,
} from '#core/library/record.ts';
import { markedLabel } from '#core/model/labels.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { action, always, command } from '#state/actions/action.ts';
import { select } from '#state/actions/jobActions.ts';
import { setReview } from '#state/actions/libraryActions.ts';
import { tidyTag, withTag } from '#state/actions/libraryViewActions.ts';
import type { HistoryEntry, HistoryName } from '#state/history.ts';
import { preparedOf, selectedJob, type JobId } from '#state/jobs.ts';
import type { ReviewField } from '#state/review.ts';
import type { Workbench } from '#state/workbench.ts';

/** What a person says of a result; kept with the result in the library. */
export function reviewOf(bench: Workbench, report: AnalysisReport): Review {
  return bench.library.getState().rows.get(recordIdOf(report))?.review ?? noReview;
}

/** Of the selected file; null while it has none. */
const selectedReport = (bench: Workbench): AnalysisReport | null => {
  const job = selectedJob(bench.jobs.getState());
  return job?.phase.kind === 'done' ? job.phase.report : null;
};

/** A review can be given once the library has said what it already holds. */
const canReview = (bench: Workbench): boolean =>
  bench.library.getState().phase.kind !== 'opening' && selectedReport(bench) !== null;

/** The spectrogram of a result, while a job holds it. */
function preparedFor(bench: Workbench, report: AnalysisReport): PreparedTrack | null {
  const jobs = Object.values(bench.jobs.getState().jobs);
  const holder = jobs.find((job) => job.phase.kind === 'done' && job.phase.report === report);
  return holder === undefined ? null : preparedOf(holder.phase);
}

/** Changes one review. A result that was deleted from the library goes back into it: a review needs its result. */
async function change(
  bench: Workbench,
  report: AnalysisReport,
  review: (before: Review) => Review,
  as: HistoryName,
  more: Pick<HistoryEntry, 'value' | 'merge'> = {},
): Promise<void> {
  const id = recordIdOf(report);
  if (!bench.library.getState().rows.has(id))
    await bench.librarySession.keep(report, preparedFor(bench, report));
  await setReview.effect(bench, [id], review, as, more);
}

/** Finished files without a verdict after the selected one, then those before it. */
function nextUndecidedId(bench: Workbench): JobId | null {
  const { order, jobs, selectedId } = bench.jobs.getState();
  const at = selectedId === null ? -1 : order.indexOf(selectedId);
  const others = [...order.slice(at + 1), ...order.slice(0, Math.max(0, at))];
  return (
    others.find((id) => {
      const phase = jobs[id]?.phase;
      return phase?.kind === 'done' && reviewOf(bench, phase.report).verdict.kind === 'none';
    }) ?? null
  );
}

async function giveVerdict(
  bench: Workbench,
  verdict: Verdict,
  as: HistoryName,
  value?: { readonly en: string; readonly zh: string },
): Promise<void> {
  const report = selectedReport(bench);
  if (report === null || !canReview(bench)) return;
  const done = change(
    bench,
    report,
    (review) => ({ ...review, verdict }),
    as,
    value === undefined ? {} : { value },
  );
  bench.review.setState({ choosingGenre: null });
  if (verdict.kind !== 'none' && bench.settings.getState().advanceAfterVerdict) {
    const next = nextUndecidedId(bench);
    if (next !== null) select.effect(bench, next);
  }
  await done;
}

/** Says that the selected file is of that genre, a label of the report's model; another one changes nothing. */
export const correctTo = action({
  name: 'correctTo',
  enabled: (bench, genre: string) =>
    canReview(bench) && selectedReport(bench)?.model.labels.some((label) => label.id === genre) === true,
  effect: async (bench, genre: string) => {
    if (!correctTo.enabled(bench, genre)) return;
    const labels = selectedReport(bench)?.model.labels ?? [];
    await giveVerdict(bench, { kind: 'corrected', genre }, 'correct', {
      en: markedLabel(labels, genre, 'en'),
      zh: markedLabel(labels, genre, 'zh'),
    });
  },
});

export const closeGenreSearch = action({
  name: 'closeGenreSearch',
  enabled: always,
  /** @param recordId of the result whose search it is; that of another one stays open */
  effect: (bench, recordId: string) =>
    bench.review.setState(({ choosingGenre }) => ({
      choosingGenre: choosingGenre === recordId ? null : choosingGenre,
    })),
});

/**
 * Keeps the note of a result, cut to `longestNote`.
 * @param sitting what was written in one sitting (from focus to leaving) is one thing to take back
 */
export const setNote = action({
  name: 'setNote',
  enabled: always,
  effect: async (bench, report: AnalysisReport, note: string, sitting: string) => {
    const kept = note.slice(0, longestNote);
    await change(bench, report, (review) => ({ ...review, note: kept }), 'editNote', {
      merge: `note ${sitting}`,
    });
  },
});

export const addReviewTag = action({
  name: 'addReviewTag',
  enabled: (bench, tag: string) => {
    const report = selectedReport(bench);
    if (report === null || !canReview(bench)) return false;
    const { tags } = reviewOf(bench, report);
    return tidyTag(tag) !== '' && !tags.includes(tidyTag(tag)) && tags.length < mostTags;
  },
  effect: async (bench, tag: string) => {
    const report = selectedReport(bench);
    const kept = tidyTag(tag);
    if (report === null || !addReviewTag.enabled(bench, tag)) return;
    await change(bench, report, (review) => withTag(review, kept), 'addTag', {
      value: { en: kept, zh: kept },
    });
  },
});

export const removeReviewTag = action({
  name: 'removeReviewTag',
  enabled: canReview,
  effect: async (bench, tag: string) => {
    const report = selectedReport(bench);
    if (report === null || !canReview(bench)) return;
    await change(
      bench,
      report,
      (review) => ({ ...review, tags: review.tags.filter((other) => other !== tag) }),
      'removeTag',
      { value: { en: tag, zh: tag } },
    );
  },
});

function wish(bench: Workbench, field: ReviewField): void {
  const report = selectedReport(bench);
  bench.review.setState(({ wishes, choosingGenre }) => ({
    choosingGenre: field === 'genre' && report !== null ? recordIdOf(report) : choosingGenre,
    wishes: { ...wishes, [field]: wishes[field] + 1 },
  }));
}

const hasVerdict = (bench: Workbench): boolean => {
  const report = selectedReport(bench);
  return report !== null && canReview(bench) && reviewOf(bench, report).verdict.kind !== 'none';
};

/** What a person says of the selected file, by keys and buttons. */
export const reviewCommands = [
  command({
    name: 'accept',
    group: 'review',
    icon: 'check',
    keys: [{ key: 'a' }],
    enabled: canReview,
    effect: (bench) => giveVerdict(bench, { kind: 'accepted' }, 'accept'),
  }),
  command({
    name: 'correct',
    group: 'review',
    icon: 'pencil',
    keys: [{ key: 'e' }],
    enabled: canReview,
    effect: (bench) => wish(bench, 'genre'),
  }),
  command({
    name: 'unsure',
    group: 'review',
    icon: 'question',
    keys: [{ key: 'u' }],
    enabled: canReview,
    effect: (bench) => giveVerdict(bench, { kind: 'unsure' }, 'unsure'),
  }),
  command({
    name: 'clearVerdict',
    group: 'review',
    icon: 'close',
    keys: [{ key: 'x' }],
    enabled: hasVerdict,
    effect: (bench) => giveVerdict(bench, { kind: 'none' }, 'clearVerdict'),
  }),
  command({
    name: 'editNote',
    group: 'review',
    icon: 'note',
    keys: [{ key: 'n' }],
    enabled: canReview,
    effect: (bench) => wish(bench, 'note'),
  }),
  command({
    name: 'editTags',
    group: 'review',
    icon: 'tag',
    keys: [{ key: 't' }],
    enabled: canReview,
    effect: (bench) => wish(bench, 'tags'),
  }),
  command({
    name: 'nextUndecided',
    group: 'review',
    icon: 'skip',
    keys: [{ key: 'n', shift: true }],
    enabled: (bench) => nextUndecidedId(bench) !== null,
    effect: (bench) => {
      const next = nextUndecidedId(bench);
      if (next !== null) select.effect(bench, next);
    },
  }),
] as const;
