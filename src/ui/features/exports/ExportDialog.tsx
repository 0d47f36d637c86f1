import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { errorText } from '#core/errorText.ts';
import type { RecordId } from '#core/library/record.ts';
import { exportFormats, mostDocumentResults } from '#core/report/exportChoice.ts';
import {
  cancelExport,
  canExport,
  chooseExport,
  closeExports,
  queueRecords,
  runExport,
  toggleExportFormat,
} from '#state/actions/exportActions.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { Button } from '#ui/components/Button.tsx';
import { Dialog } from '#ui/components/Dialog.tsx';
import { FileName } from '#ui/components/FileName.tsx';
import { ProgressBar } from '#ui/components/ProgressBar.tsx';
import { Segmented } from '#ui/components/Segmented.tsx';
import { exportsTexts } from '#ui/features/exports/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useExports, useJobs, useLibrary, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ExportDialog.module.css';

type Scope = 'given' | 'queue' | 'library';

/** Failures that are named one by one. */
const namedFailures = 5;

/** Exports of one or many results: what, in which formats, and how far it is. */
export function ExportDialog({ records }: { readonly records: readonly RecordId[] }) {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(exportsTexts);
  const choice = useExports((state) => state.choice);
  const running = useExports((state) => state.phase.kind === 'running');
  const jobs = useJobs((state) => state.jobs);
  const rows = useLibrary((state) => state.rows);
  const [chosen, setChosen] = useState<Scope>(records.length > 0 ? 'given' : 'library');

  useEffect(() => {
    // What an export before came to is not about this one.
    chooseExport.effect(bench, {});
  }, [bench]);

  const library = useMemo(() => [...rows.keys()], [rows]);
  const queue = useMemo(() => queueRecords(bench.jobs.getState().order, jobs), [bench, jobs]);
  const all: Readonly<Record<Scope, readonly RecordId[]>> = { given: records, queue, library };
  const isOffered = (scope: Scope): boolean =>
    scope === 'given'
      ? records.length > 0
      : all[scope].length > (scope === 'queue' ? 1 : 0) && all[scope].length !== records.length;
  const scope = isOffered(chosen) || chosen === 'library' ? chosen : 'given';
  const exported = all[scope];
  const tooMany = exported.length > mostDocumentResults;
  const hasCsv = choice.formats.includes('csv');

  return (
    <Dialog
      title={text.title}
      closeLabel={text.close}
      testId="export-dialog"
      onClose={() => closeExports.effect(bench)}
    >
      <div className={styles['form']}>
        <fieldset className={styles['section']} disabled={running}>
          <legend>{text.what}</legend>
          {(['given', 'queue', 'library'] as const).map((one) =>
            isOffered(one) || one === scope ? (
              <label key={one} className={styles['choice']}>
                <input
                  type="radio"
                  name="scope"
                  checked={scope === one}
                  data-testid={`export-scope-${one}`}
                  data-count={all[one].length}
                  onChange={() => setChosen(one)}
                />
                <ScopeName scope={one} records={all[one]} />
              </label>
            ) : null,
          )}
        </fieldset>

        <fieldset className={styles['section']} disabled={running}>
          <legend>{text.formats}</legend>
          {exportFormats.map((format) => {
            const [name, detail] = text.format[format];
            return (
              <label key={format} className={styles['choice']}>
                <input
                  type="checkbox"
                  checked={choice.formats.includes(format)}
                  data-testid={`export-format-${format}`}
                  onChange={() => toggleExportFormat.effect(bench, format)}
                />
                <span>
                  {name}
                  <small>
                    {format === 'pdf' && tooMany ? text.tooManyForPdf(mostDocumentResults) : detail}
                  </small>
                </span>
              </label>
            );
          })}
        </fieldset>

        <fieldset className={styles['section']} disabled={running}>
          <legend>{text.options}</legend>
          <div className={styles['row']}>
            <span aria-hidden="true">{text.language}</span>
            <Segmented
              label={text.language}
              value={choice.language ?? language}
              options={[
                { value: 'en', label: text.languages.en, lang: 'en' },
                { value: 'zh', label: text.languages.zh, lang: 'zh-CN' },
              ]}
              onChange={(value) => chooseExport.effect(bench, { language: value })}
            />
          </div>
          <Option
            label={text.windowsTable}
            checked={choice.windowsTable}
            disabled={!hasCsv}
            testId="export-windows-table"
            onChange={(windowsTable) => chooseExport.effect(bench, { windowsTable })}
          />
          <Option
            label={text.byteOrderMark}
            checked={choice.byteOrderMark}
            disabled={!hasCsv}
            testId="export-bom"
            onChange={(byteOrderMark) => chooseExport.effect(bench, { byteOrderMark })}
          />
          <a
            className={styles['schema']}
            href="schemas/acousticsense-result-2.schema.json"
            target="_blank"
            rel="noreferrer"
          >
            {text.schema}
          </a>
        </fieldset>

        <footer className={styles['footer']}>
          <Problems />
          <div className={styles['state']}>
            <News />
            {running ? (
              <Button label={text.cancel} testId="export-cancel" onPress={() => cancelExport.effect(bench)} />
            ) : null}
            <Button
              kind="primary"
              icon="exportFile"
              label={text.export(exported.length)}
              disabled={running || !canExport(choice.formats, exported.length)}
              testId="export-run"
              onPress={() => void runExport.effect(bench, exported)}
            />
          </div>
        </footer>
      </div>
    </Dialog>
  );
}

function ScopeName({ scope, records }: { readonly scope: Scope; readonly records: readonly RecordId[] }) {
  const text = useTexts(exportsTexts);
  const [only] = records;
  const name = useLibrary((state) => (only === undefined ? undefined : state.rows.get(only)?.name));
  if (scope === 'queue') return <span>{text.scope.queue(records.length)}</span>;
  if (scope === 'library') return <span>{text.scope.library(records.length)}</span>;
  if (records.length > 1) return <span>{text.scope.selected(records.length)}</span>;
  return (
    <span className={styles['one']}>
      {text.scope.one}
      {name === undefined ? null : (
        <small>
          <FileName name={name} />
        </small>
      )}
    </span>
  );
}

interface OptionProps {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled: boolean;
  readonly testId: string;
  readonly onChange: (checked: boolean) => void;
}

function Option({ label, checked, disabled, testId, onChange }: OptionProps) {
  return (
    <label className={styles['choice']} data-disabled={disabled}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        data-testid={testId}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

/** How far the export is, and what came of it. */
function News() {
  const text = useTexts(exportsTexts);
  const phase = useExports((state) => state.phase);
  let news: ReactNode = null;
  if (phase.kind === 'running') {
    const line =
      phase.stage === 'writing'
        ? text.writing(phase.done, phase.total)
        : phase.done < phase.total
          ? text.collecting(phase.done, phase.total)
          : text.packing;
    news = (
      <>
        <span>{line}</span>
        <ProgressBar label={line} ratio={phase.total === 0 ? null : phase.done / phase.total} />
      </>
    );
  } else if (phase.kind === 'done') news = <span>{text.done(phase.exported, phase.fileName)}</span>;
  else if (phase.kind === 'cancelled') news = <span>{text.cancelled}</span>;
  return (
    <output className={styles['news']} data-testid="export-news" data-phase={phase.kind}>
      {news}
    </output>
  );
}

/** What went wrong, for all or for some of the results. */
function Problems() {
  const { language } = useLanguage();
  const text = useTexts(exportsTexts);
  const phase = useExports((state) => state.phase);
  if (phase.kind !== 'done' && phase.kind !== 'failed') return null;
  const { failures } = phase;
  return (
    <>
      {phase.kind === 'failed' ? (
        <Banner tone="warn" code={phase.error.code} {...errorText(phase.error, language)} />
      ) : null}
      {failures.length > 0 ? (
        <div className={styles['failures']} data-testid="export-failures">
          <p>{text.failed(failures.length)}</p>
          <ul>
            {failures.slice(0, namedFailures).map(({ id, name, error }) => (
              <li key={id}>
                <FileName name={name} />
                <small>{errorText(error, language).title}</small>
              </li>
            ))}
          </ul>
          {failures.length > namedFailures ? <p>{text.more(failures.length - namedFailures)}</p> : null}
        </div>
      ) : null}
    </>
  );
}
