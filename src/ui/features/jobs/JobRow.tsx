import { memo, useEffect, useRef, type KeyboardEvent } from 'react';
import { errorText } from '#core/errorText.ts';
import { markedLabel } from '#core/model/labels.ts';
import { cancel, remove, retry, select } from '#state/actions/jobActions.ts';
import { isPending, type Job, type JobId } from '#state/jobs.ts';
import { Button } from '#ui/components/Button.tsx';
import { FileName } from '#ui/components/FileName.tsx';
import { Icon, type IconName } from '#ui/components/Icon.tsx';
import { ProgressBar } from '#ui/components/ProgressBar.tsx';
import { useDelayed } from '#ui/components/useDelayed.ts';
import { ReviewMarks } from '#ui/features/review/ReviewMarks.tsx';
import { useLanguage, type LanguageValue } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './JobRow.module.css';

/** The second line of a row: what is known so far, or what to know. */
function summary(job: Job, value: LanguageValue): string {
  const { text, language, format } = value;
  const { phase } = job;
  const best = phase.kind === 'done' ? phase.report.track.predictions[0] : undefined;
  switch (phase.kind) {
    case 'done':
      return best === undefined
        ? text.jobs.phase.done
        : `${markedLabel(phase.report.model.labels, best.genre, language)} ${format.percentShort(best.probability)}`;
    case 'failed':
      return errorText(phase.error, language).title;
    case 'analysing': {
      if (phase.windowsTotal !== null) return text.jobs.windows(phase.windowsDone, phase.windowsTotal);
      return phase.waitingForModel ? text.jobs.waitingForModel : text.jobs.phase.analysing;
    }
    default:
      return text.jobs.phase[phase.kind];
  }
}

const phaseIcon: Readonly<Partial<Record<Job['phase']['kind'], IconName>>> = {
  done: 'check',
  failed: 'alert',
  cancelled: 'close',
  queued: 'clock',
};

interface JobRowProps {
  readonly id: JobId;
  readonly tabbable: boolean;
  /** Keys on the row's own button: moving and removing. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

export const JobRow = memo(function JobRow({ id, tabbable, onKeyDown }: JobRowProps) {
  const { bench } = useWorkbench();
  const language = useLanguage();
  const { text } = language;
  const job = useJobs((state) => state.jobs[id]);
  const selected = useJobs((state) => state.selectedId === id);
  const row = useRef<HTMLLIElement>(null);
  const running = job !== undefined && isPending(job) && job.phase.kind !== 'queued';
  const showProgress = useDelayed(running);

  useEffect(() => {
    // Inside the list only; the page itself must not move.
    const list = row.current?.parentElement;
    if (!selected || row.current === null || list === null || list === undefined) return;
    const { offsetTop, offsetHeight } = row.current;
    const top = offsetTop - list.offsetTop;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + offsetHeight > list.scrollTop + list.clientHeight)
      list.scrollTop = top + offsetHeight - list.clientHeight;
  }, [selected]);

  if (job === undefined) return null;
  const { phase } = job;
  const icon = phaseIcon[phase.kind];
  const ratio =
    phase.kind === 'analysing' && phase.windowsTotal !== null ? phase.windowsDone / phase.windowsTotal : null;
  return (
    <li
      ref={row}
      className={`${styles['row']} ${styles[phase.kind] ?? ''}`}
      data-testid="job"
      data-job-id={id}
      data-phase={phase.kind}
      data-name={job.name}
      data-selected={selected}
    >
      <button
        type="button"
        className={styles['main']}
        aria-current={selected ? 'true' : undefined}
        tabIndex={tabbable ? 0 : -1}
        data-row-button=""
        onClick={() => select.effect(bench, id)}
        onKeyDown={onKeyDown}
      >
        <span className={styles['icon']}>
          {icon === undefined ? <span className={styles['pulse']} /> : <Icon name={icon} />}
        </span>
        <span className={styles['words']}>
          <FileName name={job.name} />
          <span className={styles['summary']}>{summary(job, language)}</span>
        </span>
      </button>
      {phase.kind === 'done' ? <ReviewMarks report={phase.report} /> : null}
      <span className={styles['tools']}>
        {isPending(job) ? (
          <Button
            kind="quiet"
            icon="close"
            iconOnly
            label={text.actions.cancel}
            describedAs={`${text.actions.cancel}: ${job.name}`}
            onPress={() => cancel.effect(bench, id)}
          />
        ) : (
          <>
            {phase.kind === 'done' ? null : (
              <Button
                kind="quiet"
                icon="retry"
                iconOnly
                label={text.actions.retry}
                describedAs={`${text.actions.retry}: ${job.name}`}
                onPress={() => retry.effect(bench, id)}
              />
            )}
            <Button
              kind="quiet"
              icon="close"
              iconOnly
              label={text.actions.remove}
              describedAs={`${text.actions.remove}: ${job.name}`}
              onPress={() => remove.effect(bench, id)}
            />
          </>
        )}
      </span>
      {showProgress ? (
        <span className={styles['progress']}>
          <ProgressBar label={`${job.name}: ${summary(job, language)}`} ratio={ratio} />
        </span>
      ) : null}
    </li>
  );
});
