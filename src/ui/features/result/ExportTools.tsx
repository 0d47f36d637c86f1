import { useState } from 'react';
import { errorText } from '#core/errorText.ts';
import { openArchiveSettings, savePicture } from '#state/actions/archiveActions.ts';
import { openExports } from '#state/actions/exportActions.ts';
import type { Job } from '#state/jobs.ts';
import { Button } from '#ui/components/Button.tsx';
import { useDelayed } from '#ui/components/useDelayed.ts';
import { archiveTexts } from '#ui/features/archive/texts.ts';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ExportTools.module.css';

/** Taking the result with you: the archive picture, the numbers as JSON, and every other format. */
export function ExportTools({ job }: { readonly job: Job }) {
  const { bench, host } = useWorkbench();
  const { text, language } = useLanguage();
  const archive = useTexts(archiveTexts);
  const exported = useJobs((state) => state.exported);
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const mine = exported.kind !== 'none' && exported.jobId === job.id ? exported : null;
  const slow = useDelayed(mine?.kind === 'saving');
  const { phase } = job;
  if (phase.kind !== 'done') return null;

  const copy = async (): Promise<void> => {
    const done = await host.copyText(JSON.stringify(phase.report, null, 2));
    setCopied(done ? 'yes' : 'refused');
  };

  let news = '';
  if (slow) news = text.result.saving;
  else if (mine?.kind === 'saved') news = text.result.saved(mine.fileName);
  else if (mine?.kind === 'failed') news = errorText(mine.error, language).title;
  else if (copied === 'refused') news = text.result.copyFailed;

  return (
    <div className={styles['tools']}>
      <output className={styles['news']}>{news}</output>
      <Button
        icon={copied === 'yes' ? 'check' : 'copy'}
        label={copied === 'yes' ? text.result.copied : text.result.copyJson}
        onPress={() => void copy()}
      />
      <CommandButton command={openExports} />
      <Button
        kind="quiet"
        icon="folder"
        iconOnly
        label={archive.commands.openArchiveSettings}
        onPress={() => void openArchiveSettings.effect(bench)}
      />
      <Button
        kind="primary"
        icon="picture"
        label={text.actions.savePicture}
        disabled={phase.prepared === null || mine?.kind === 'saving'}
        onPress={() => void savePicture.effect(bench)}
      />
    </div>
  );
}
