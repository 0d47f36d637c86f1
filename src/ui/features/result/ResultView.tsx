import { useDeferredValue } from 'react';
import { analysisError } from '#core/errors.ts';
import { errorText, warningText } from '#core/errorText.ts';
import { formatClock } from '#core/render/axes.ts';
import { remove, retry } from '#state/actions/jobActions.ts';
import { selectedJob, type Job, type JobPhase, type JobsState } from '#state/jobs.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { Button } from '#ui/components/Button.tsx';
import { FileName } from '#ui/components/FileName.tsx';
import { useDelayed } from '#ui/components/useDelayed.ts';
import { ArchivedPicture } from '#ui/features/archive/ArchivedPicture.tsx';
import { AttentionExplorer } from '#ui/features/attention/AttentionExplorer.tsx';
import { DescriptorsPanel } from '#ui/features/descriptors/DescriptorsPanel.tsx';
import { KnownNote } from '#ui/features/neighbours/KnownNote.tsx';
import { NearGenres } from '#ui/features/neighbours/NearGenres.tsx';
import { Transport } from '#ui/features/player/Transport.tsx';
import { PredictionsPanel } from '#ui/features/predictions/PredictionsPanel.tsx';
import { RegionPanel } from '#ui/features/region/RegionPanel.tsx';
import { ExportTools } from '#ui/features/result/ExportTools.tsx';
import { trackView } from '#ui/features/result/trackView.ts';
import { ReviewPanel } from '#ui/features/review/ReviewPanel.tsx';
import { SpectrogramPanel } from '#ui/features/spectrogram/SpectrogramPanel.tsx';
import { useLanguage, type LanguageValue } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useModel, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ResultView.module.css';

const stopped = analysisError('cancelled', 'stopped by hand');

/** How many files run before this one. */
function waitingBefore(state: JobsState, job: Job): number {
  const ahead = state.order.slice(0, state.order.indexOf(job.id));
  return (
    ahead.filter((id) => state.jobs[id]?.phase.kind === 'queued').length +
    (state.order.some((id) =>
      ['reading', 'decoding', 'preparing', 'analysing'].includes(state.jobs[id]?.phase.kind ?? ''),
    )
      ? 1
      : 0)
  );
}

/** Facts of the file, as far as they are known. */
function facts(job: Job, { text, format }: LanguageValue): string {
  if (job.phase.kind !== 'done') return format.bytes(job.bytes);
  const { file } = job.phase.report;
  return [
    formatClock(file.durationSeconds, 0.1),
    text.result.container[file.container],
    format.kilohertz(file.sampleRate),
    text.result.channels(file.channels),
    format.bytes(job.bytes),
  ].join('  ·  ');
}

/** What stands where the picture will be. */
function picturePlaceholder(phase: JobPhase, before: number, slow: boolean, { text }: LanguageValue): string {
  switch (phase.kind) {
    case 'queued':
      return before === 0 ? text.result.queuedTitle : text.result.queuedBefore(before);
    case 'reading':
    case 'decoding':
    case 'preparing':
      return slow ? text.result.working[phase.kind] : '';
    case 'done':
      if (phase.preparing === true) return slow ? text.result.working.preparing : '';
      return text.result.pictureGone;
    default:
      return '';
  }
}

/** Everything about the selected file. */
export function ResultView() {
  const job = useJobs(selectedJob);
  return job === null ? null : <JobView key={job.id} job={job} />;
}

function JobView({ job }: { readonly job: Job }) {
  const { bench } = useWorkbench();
  const value = useLanguage();
  const { text, language } = value;
  const manifest = useModel((state) => state.manifest);
  const modelFailed = useModel((state) => state.phase.kind === 'failed');
  const before = useJobs((state) => waitingBefore(state, job));
  const { phase } = job;
  const slow = useDelayed(
    phase.kind === 'done' ? phase.preparing === true : phase.kind !== 'failed' && phase.kind !== 'queued',
  );
  const view = trackView(phase, manifest);
  // The panels around a new result are many: they follow in slices, so that its own numbers are not kept waiting.
  const report = useDeferredValue(view.report, null);
  const failed = phase.kind === 'failed' ? phase.error : null;
  const showPanels = phase.kind !== 'cancelled' && (failed === null || view.prepared !== null);
  const waiting =
    phase.kind === 'analysing' && phase.waitingForModel && !modelFailed
      ? text.jobs.waitingForModel
      : text.predictions.waiting;

  return (
    <article
      className={styles['view']}
      aria-label={text.result.heading}
      data-testid="result"
      data-phase={phase.kind}
      data-known={phase.kind === 'done' && phase.known === true}
    >
      <header className={styles['header']}>
        <div className={styles['title']}>
          <h2>
            <FileName name={job.name} />
          </h2>
          <p className={styles['facts']}>{facts(job, value)}</p>
        </div>
        {phase.kind === 'done' ? <ExportTools job={job} /> : null}
        {phase.kind === 'done' &&
        phase.prepared === null &&
        phase.preparing !== true &&
        retry.enabled(bench, job.id) ? (
          <Button icon="retry" label={text.actions.retry} onPress={() => retry.effect(bench, job.id)} />
        ) : null}
      </header>
      <KnownNote job={job} />

      {failed === null ? null : (
        <section className={styles['failure']} role="alert" data-testid="failure" data-code={failed.code}>
          <h3>{errorText(failed, language).title}</h3>
          <p>{errorText(failed, language).advice}</p>
          <div className={styles['buttons']}>
            {retry.enabled(bench, job.id) ? (
              <Button
                kind="primary"
                icon="retry"
                label={text.actions.retry}
                onPress={() => retry.effect(bench, job.id)}
              />
            ) : null}
            <Button icon="close" label={text.actions.remove} onPress={() => remove.effect(bench, job.id)} />
          </div>
          <details className={styles['technical']}>
            <summary>{text.result.technical}</summary>
            <code>
              {failed.code}: {failed.message}
            </code>
          </details>
        </section>
      )}

      {phase.kind === 'cancelled' ? (
        <section className={styles['stopped']} data-testid="cancelled">
          <h3>{text.result.cancelledText}</h3>
          <p>{errorText(stopped, language).advice}</p>
          <div className={styles['buttons']}>
            <Button
              kind="primary"
              icon="retry"
              label={text.actions.retry}
              onPress={() => retry.effect(bench, job.id)}
            />
            <Button icon="close" label={text.actions.remove} onPress={() => remove.effect(bench, job.id)} />
          </div>
        </section>
      ) : null}

      {view.report !== null && view.report.warnings.length > 0 ? (
        <section className={styles['notes']} aria-label={text.result.notesTitle}>
          {view.report.warnings.map((warning) => {
            const { title, advice } = warningText(warning, language);
            return (
              <Banner
                key={warning.code}
                tone="warn"
                testId="warning"
                code={warning.code}
                title={title}
                advice={advice}
              />
            );
          })}
        </section>
      ) : null}

      {showPanels ? (
        <div className={styles['panels']}>
          <div className={styles['sound']}>
            {job.archivedPicture !== null && view.prepared === null ? (
              <ArchivedPicture job={job} view={view} address={job.archivedPicture} />
            ) : (
              <SpectrogramPanel
                job={job}
                view={view}
                placeholder={picturePlaceholder(phase, before, slow, value)}
              />
            )}
            <Transport job={job} />
            <RegionPanel job={job} />
          </div>
          <div className={styles['columns']}>
            <div className={styles['column']}>
              {failed === null ? <PredictionsPanel view={view} placeholder={slow ? waiting : ''} /> : null}
              {report === null ? null : <ReviewPanel report={report} />}
            </div>
            {report === null ? null : (
              <div className={styles['column']}>
                <NearGenres report={report} />
                <DescriptorsPanel report={report} />
              </div>
            )}
          </div>
          <div className={styles['explorer']}>
            <AttentionExplorer job={job} />
          </div>
        </div>
      ) : null}
    </article>
  );
}
