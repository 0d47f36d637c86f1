import { useId, useState } from 'react';
import { errorText } from '#core/errorText.ts';
import type { BackendDescription } from '#core/model/engine.ts';
import { retryModel, setModel } from '#state/actions/settingActions.ts';
import { selectedJob } from '#state/jobs.ts';
import type { ModelPhase } from '#state/model.ts';
import { Button } from '#ui/components/Button.tsx';
import { ProgressBar } from '#ui/components/ProgressBar.tsx';
import { useDelayed } from '#ui/components/useDelayed.ts';
import { StatusDetails } from '#ui/features/status/StatusDetails.tsx';
import { useLanguage, type LanguageValue } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useModel, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './StatusLine.module.css';

const kindNames: Readonly<Record<BackendDescription['kind'], string>> = {
  webgpu: 'WebGPU',
  wasm: 'WASM',
  'node-cpu': 'Node CPU',
  'node-webgpu': 'Node WebGPU',
};

function backendName(backend: BackendDescription, { text }: LanguageValue): string {
  const parts = [kindNames[backend.kind]];
  if (backend.kind === 'wasm') parts.push(text.status.threads(backend.threads));
  else if (backend.device !== '') parts.push(backend.device);
  parts.push(backend.precision);
  return parts.join(' · ');
}

function phaseText(phase: ModelPhase, value: LanguageValue): string {
  const { text, format, language } = value;
  switch (phase.kind) {
    case 'idle':
      return text.status.idle;
    case 'failed':
      return errorText(phase.error, language).title;
    case 'ready':
      return backendName(phase.summary.backend, value);
    default:
      return phase.progress.stage === 'download'
        ? text.status.download(
            format.bytes(phase.progress.loadedBytes),
            format.bytes(phase.progress.totalBytes),
          )
        : text.status.progress[phase.progress.stage];
  }
}

/** Which model runs where, and how long things took; the details open upwards. */
export function StatusLine() {
  const { bench } = useWorkbench();
  const value = useLanguage();
  const { text, format } = value;
  const phase = useModel((state) => state.phase);
  const modelId = useModel((state) => state.modelId);
  const available = useModel((state) => state.available);
  const manifest = useModel((state) => state.manifest);
  const report = useJobs((state) => {
    const job = selectedJob(state);
    return job?.phase.kind === 'done' ? job.phase.report : null;
  });
  const [open, setOpen] = useState(false);
  const detailsId = useId();
  const modelField = useId();
  const slow = useDelayed(phase.kind === 'loading');
  const backend = phase.kind === 'ready' ? phase.summary.backend : null;
  const progress = phase.kind === 'loading' ? phase.progress : null;

  return (
    <footer className={styles['footer']} aria-label={text.status.title}>
      {open ? (
        <section id={detailsId} className={styles['details']} aria-label={text.status.details}>
          <span className={styles['close']}>
            <Button
              kind="quiet"
              icon="close"
              iconOnly
              label={text.status.closeDetails}
              onPress={() => setOpen(false)}
            />
          </span>
          <StatusDetails report={report} />
        </section>
      ) : null}
      <div className={styles['line']}>
        <span className={styles['model']}>
          <label htmlFor={modelField}>{text.status.model}</label>
          <select
            id={modelField}
            className={styles['select']}
            value={modelId}
            data-testid="model-select"
            onChange={(event) => setModel.effect(bench, event.currentTarget.value)}
          >
            {available.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
          {manifest === null ? null : (
            <span className={styles['version']} data-testid="model-version">
              {text.status.version(manifest.version)}
            </span>
          )}
        </span>
        <span
          className={styles['backend']}
          data-testid="status-backend"
          data-model-phase={phase.kind}
          data-backend-kind={backend?.kind}
          data-threads={backend?.threads}
          data-precision={backend?.precision}
        >
          <span className={`${styles['dot']} ${styles[phase.kind]}`} aria-hidden="true" />
          <span className={styles['phase']}>
            {phase.kind === 'loading' && !slow ? '' : phaseText(phase, value)}
          </span>
        </span>
        {phase.kind === 'failed' ? (
          <Button icon="retry" label={text.status.retry} onPress={() => retryModel.effect(bench)} />
        ) : null}
        {progress === null || !slow ? null : (
          <span className={styles['progress']}>
            <ProgressBar
              label={phaseText(phase, value)}
              ratio={
                progress.stage === 'download' && progress.totalBytes > 0
                  ? progress.loadedBytes / progress.totalBytes
                  : null
              }
            />
          </span>
        )}
        <span className={styles['end']}>
          {report === null ? null : (
            <span className={styles['total']} data-testid="status-total">
              {text.status.total(format.milliseconds(report.timings.totalMs))}
            </span>
          )}
          <Button
            kind="quiet"
            label={text.status.details}
            expanded={open}
            controls={detailsId}
            icon={open ? 'chevron' : 'chevronUp'}
            onPress={() => setOpen(!open)}
          />
        </span>
      </div>
    </footer>
  );
}
