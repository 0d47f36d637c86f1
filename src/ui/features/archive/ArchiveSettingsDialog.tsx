import { useEffect } from 'react';
import { errorText } from '#core/errorText.ts';
import {
  chooseArchiveFolder,
  closeArchiveSettings,
  forgetArchiveFolder,
  retryPictures,
  setArchive,
} from '#state/actions/archiveActions.ts';
import type { ArchivedPicture } from '#state/archive.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { Button } from '#ui/components/Button.tsx';
import { Dialog } from '#ui/components/Dialog.tsx';
import { FileName } from '#ui/components/FileName.tsx';
import { Segmented } from '#ui/components/Segmented.tsx';
import { archiveTexts } from '#ui/features/archive/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useArchive, useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ArchiveSettingsDialog.module.css';

/** Pictures of the session that the dialogue lists. */
const shownPictures = 8;

/** Where and how archive pictures are written. */
export function ArchiveSettingsDialog() {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(archiveTexts);
  const automatic = useSettings((state) => state.autoArchive);
  const scale = useSettings((state) => state.archiveScale);
  const theme = useSettings((state) => state.archiveTheme);
  const pictures = useArchive((state) => state.pictures);
  const choiceError = useArchive((state) => state.choiceError);

  useEffect(() => {
    void bench.archiveSession.refreshFolder();
  }, [bench]);

  return (
    <Dialog
      title={text.title}
      closeLabel={text.close}
      onClose={() => closeArchiveSettings.effect(bench)}
      testId="archive-settings"
    >
      <div className={styles['body']}>
        <p className={styles['intro']}>{text.intro}</p>
        <section className={styles['section']} aria-label={text.place}>
          <h3>{text.place}</h3>
          <Place />
          {choiceError === null ? null : (
            <Banner tone="warn" code={choiceError.code} {...errorText(choiceError, language)} />
          )}
        </section>
        <section className={styles['section']} aria-label={text.look}>
          <h3>{text.look}</h3>
          <div className={styles['row']}>
            <span aria-hidden="true">{text.size}</span>
            <Segmented
              label={text.size}
              value={scale === 1 ? '1' : '2'}
              options={[
                { value: '1', label: text.sizes[1] },
                { value: '2', label: text.sizes[2] },
              ]}
              onChange={(value) => setArchive.effect(bench, { archiveScale: value === '1' ? 1 : 2 })}
            />
          </div>
          <div className={styles['row']}>
            <span aria-hidden="true">{text.theme}</span>
            <Segmented
              label={text.theme}
              value={theme}
              options={[
                { value: 'light', label: text.themes.light, icon: 'sun' },
                { value: 'dark', label: text.themes.dark, icon: 'moon' },
              ]}
              onChange={(value) => setArchive.effect(bench, { archiveTheme: value })}
            />
          </div>
        </section>
        <label className={styles['automatic']}>
          <input
            type="checkbox"
            checked={automatic}
            onChange={(event) => setArchive.effect(bench, { autoArchive: event.currentTarget.checked })}
            data-testid="auto-archive"
          />
          <span>
            {text.automatic}
            <small>{text.automaticDetail}</small>
          </span>
        </label>
        <section className={styles['section']} aria-label={text.last}>
          <h3>{text.last}</h3>
          {pictures.length === 0 ? <p className={styles['quiet']}>{text.none}</p> : null}
          <ul className={styles['list']}>
            {pictures.slice(0, shownPictures).map((picture) => (
              <PictureRow key={picture.id} picture={picture} />
            ))}
          </ul>
        </section>
      </div>
    </Dialog>
  );
}

/** What stands with the folder, and what can be done about it. */
function Place() {
  const { bench } = useWorkbench();
  const text = useTexts(archiveTexts);
  const folder = useArchive((state) => state.folder);
  if (folder === null) return <p className={styles['quiet']}>…</p>;
  switch (folder.kind) {
    case 'unsupported':
      return (
        <p className={styles['quiet']} data-testid="archive-folder" data-kind="unsupported">
          {text.unsupported}
        </p>
      );
    case 'none':
      return (
        <div className={styles['row']} data-testid="archive-folder" data-kind="none">
          <span className={styles['quiet']}>{text.noFolder}</span>
          <Button icon="folder" label={text.choose} onPress={() => void chooseArchiveFolder.effect(bench)} />
        </div>
      );
    default:
      return (
        <div className={styles['row']} data-testid="archive-folder" data-kind={folder.kind}>
          <bdi>{folder.kind === 'asks' ? text.asks(folder.name) : text.ready(folder.name)}</bdi>
          <div className={styles['buttons']}>
            {folder.kind === 'asks' ? (
              <Button
                kind="primary"
                icon="check"
                label={text.allow}
                onPress={() => void retryPictures.effect(bench)}
              />
            ) : null}
            <Button
              icon="folder"
              label={text.change}
              onPress={() => void chooseArchiveFolder.effect(bench)}
            />
            <Button
              kind="quiet"
              icon="install"
              label={text.forget}
              onPress={() => void forgetArchiveFolder.effect(bench)}
            />
          </div>
        </div>
      );
  }
}

function PictureRow({ picture }: { readonly picture: ArchivedPicture }) {
  const { language } = useLanguage();
  const text = useTexts(archiveTexts);
  const { status, name } = picture;
  const kind = status.kind === 'saved' ? status.place : status.kind;
  return (
    <li
      data-testid="archived-picture"
      data-status={kind}
      data-file-name={status.kind === 'saved' ? status.fileName : undefined}
    >
      <FileName name={status.kind === 'saved' ? status.fileName : name} />
      <span className={styles['quiet']}>
        {text.status[kind]}
        {status.kind === 'failed' ? `: ${errorText(status.error, language).title}` : ''}
      </span>
    </li>
  );
}
