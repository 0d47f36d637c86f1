import type { Job } from '#state/jobs.ts';
import { Panel } from '#ui/components/Panel.tsx';
import { archiveTexts } from '#ui/features/archive/texts.ts';
import type { TrackView } from '#ui/features/result/trackView.ts';
import { Ribbon } from '#ui/features/ribbon/Ribbon.tsx';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import styles from './ArchivedPicture.module.css';

interface ArchivedPictureProps {
  readonly view: TrackView;
  readonly job: Job;
  /** Address of the picture. */
  readonly address: string;
}

/** A result that was reopened from its picture: the picture in the place of the spectrogram, the ribbon alive over it. */
export function ArchivedPicture({ view, job, address }: ArchivedPictureProps) {
  const text = useTexts(archiveTexts);
  return (
    <Panel title={text.archived} note={text.archivedNote}>
      <Ribbon view={view} job={job} />
      <img
        className={styles['picture']}
        src={address}
        alt={text.archivedAlt(job.name)}
        data-testid="archived-image"
      />
    </Panel>
  );
}
