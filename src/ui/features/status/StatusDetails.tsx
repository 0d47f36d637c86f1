import { noticeText } from '#core/errorText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import type { TimingName } from '#ui/i18n/messages.ts';
import { useModel } from '#ui/WorkbenchContext.tsx';
import styles from './StatusDetails.module.css';

const timingNames: readonly TimingName[] = [
  'readMs',
  'hashMs',
  'decodeMs',
  'resampleMs',
  'melMs',
  'pictureMs',
  'modelWaitMs',
  'inferenceMs',
  'firstPredictionMs',
  'totalMs',
];
const loadNames = ['manifestMs', 'weightsMs', 'verifyMs', 'sessionMs', 'goldenMs'] as const;

/** Why this backend, how the model got here, and how long each stage of the selected file took. */
export function StatusDetails({ report }: { readonly report: AnalysisReport | null }) {
  const { text, language, format } = useLanguage();
  const phase = useModel((state) => state.phase);
  const manifest = useModel((state) => state.manifest);
  const notices = useModel((state) => state.notices);
  const summary = phase.kind === 'ready' ? phase.summary : null;
  const attempts = summary?.backend.attempts ?? report?.backend.attempts ?? [];
  return (
    <div className={styles['columns']}>
      <section aria-label={text.status.why}>
        <h2>{text.status.why}</h2>
        {phase.kind === 'failed' ? (
          <p className={styles['detail']}>{`${phase.error.code}: ${phase.error.message}`}</p>
        ) : null}
        <ul className={styles['attempts']}>
          {attempts.map((attempt) => (
            <li
              key={`${attempt.kind}-${attempt.threads}-${attempt.precision}`}
              data-testid="attempt"
              data-outcome={attempt.outcome}
            >
              <p>
                <strong>
                  {attempt.kind === 'webgpu' ? 'WebGPU' : attempt.kind === 'wasm' ? 'WASM' : attempt.kind}
                  {attempt.kind === 'wasm' ? ` · ${text.status.threads(attempt.threads)}` : ''}
                  {` · ${attempt.precision}`}
                </strong>{' '}
                {text.status.outcome[attempt.outcome]}
              </p>
              <p className={styles['detail']}>{attempt.detail}</p>
            </li>
          ))}
          {notices.map((notice) => {
            const { title, advice } = noticeText(notice, language);
            return (
              <li key={notice.code} data-testid="status-notice" data-code={notice.code}>
                <p>
                  <strong>{title}</strong> {advice}
                </p>
                <p className={styles['detail']}>{notice.detail}</p>
              </li>
            );
          })}
        </ul>
      </section>
      <section aria-label={text.status.loading}>
        <h2>{text.status.loading}</h2>
        {manifest === null ? null : (
          <p className={styles['sentence']}>
            {manifest.id} {text.status.version(manifest.version)} · {format.bytes(manifest.weights.bytes)} ·{' '}
            {text.status.licence} {manifest.licence}
          </p>
        )}
        {summary === null ? null : (
          <>
            <p className={styles['sentence']}>
              {summary.fromCache ? text.status.fromCache : text.status.downloaded}{' '}
              {text.status.stored[summary.stored]}
            </p>
            <dl className={styles['figures']}>
              {loadNames.map((name) => (
                <div key={name}>
                  <dt>{text.status.loadTiming[name]}</dt>
                  <dd>{format.milliseconds(summary.timings[name])}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
        {manifest === null ? null : (
          <p className={styles['detail']}>{`SHA-256 ${manifest.weights.sha256}`}</p>
        )}
      </section>
      <section aria-label={text.status.timings}>
        <h2>{text.status.timings}</h2>
        {report === null ? (
          <p className={styles['sentence']}>{text.status.noTimings}</p>
        ) : (
          <dl className={styles['figures']}>
            {timingNames.map((name) => (
              <div key={name} data-testid="timing" data-name={name} data-ms={report.timings[name]}>
                <dt>{text.status.timing[name]}</dt>
                <dd>{format.milliseconds(report.timings[name])}</dd>
              </div>
            ))}
          </dl>
        )}
      </section>
    </div>
  );
}
