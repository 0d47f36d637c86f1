import { useEffect, useState } from 'react';
import { recordIdOf, type LibraryRecord, type RecordId } from '#core/library/record.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { CompareSide } from '#state/compare.ts';
import { preparedOf, type Job, type JobsState } from '#state/jobs.ts';
import { useJobs, useWorkbench } from '#ui/WorkbenchContext.tsx';

/** One side of the comparison, as far as it is known. */
export type Compared =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending'; readonly name: string }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'ready';
      readonly report: AnalysisReport;
      /** Null where the audio is not at hand. */
      readonly prepared: PreparedTrack | null;
      readonly job: Job | null;
    };

/** A job on the page that holds this result, the one with a picture first. */
function jobOfRecord(state: JobsState, id: RecordId): Job | null {
  const holders = state.order
    .map((jobId) => state.jobs[jobId])
    .filter((job) => job?.phase.kind === 'done' && recordIdOf(job.phase.report) === id)
    .filter((job) => job !== undefined);
  return holders.find((job) => preparedOf(job.phase) !== null) ?? holders[0] ?? null;
}

/** The result of a side: of its job, or read from the library where no job on the page holds it. */
export function useCompared(side: CompareSide): Compared {
  const { bench } = useWorkbench();
  const job = useJobs((state) => {
    if (side.kind === 'none') return null;
    return side.kind === 'job' ? (state.jobs[side.id] ?? null) : jobOfRecord(state, side.id);
  });
  const wanted = side.kind === 'record' && job === null ? side.id : null;
  const [read, setRead] = useState<{ readonly id: RecordId; readonly record: LibraryRecord | null } | null>(
    null,
  );

  useEffect(() => {
    if (wanted === null) return undefined;
    let current = true;
    const load = async (): Promise<void> => {
      const answer = await bench.ports.library.record(wanted);
      if (current) setRead({ id: wanted, record: answer.ok ? answer.value : null });
    };
    void load();
    return () => {
      current = false;
    };
  }, [bench, wanted]);

  if (side.kind === 'none') return { kind: 'none' };
  if (job !== null) {
    const { phase } = job;
    if (phase.kind === 'done')
      return { kind: 'ready', report: phase.report, prepared: preparedOf(phase), job };
    return phase.kind === 'failed' || phase.kind === 'cancelled'
      ? { kind: 'gone' }
      : { kind: 'pending', name: job.name };
  }
  if (side.kind === 'job') return { kind: 'gone' };
  if (read?.id !== side.id) return { kind: 'pending', name: '' };
  return read.record === null
    ? { kind: 'gone' }
    : { kind: 'ready', report: read.record.report, prepared: null, job: null };
}
