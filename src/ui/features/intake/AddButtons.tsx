import { useEffect, useRef } from 'react';
import { openFiles } from '#state/actions/archiveActions.ts';
import { Button } from '#ui/components/Button.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './AddButtons.module.css';

const accepted = 'audio/*,video/mp4,video/webm,.wav,.mp3,.flac,.ogg,.oga,.opus,.m4a,.aac,.webm,.mp4,.png';

interface AddButtonsProps {
  /** `large` on the empty page, `compact` above the list. */
  readonly size: 'large' | 'compact';
}

/** Files and folders by button, for those who do not drag. */
export function AddButtons({ size }: AddButtonsProps) {
  const { bench, host } = useWorkbench();
  const { text } = useLanguage();
  const filePicker = useRef<HTMLInputElement>(null);
  const folderPicker = useRef<HTMLInputElement>(null);

  useEffect(() => {
    // React has no property for it, and TypeScript's DOM has no attribute.
    folderPicker.current?.setAttribute('webkitdirectory', '');
  }, []);

  const take = (input: HTMLInputElement, choose: (files: readonly File[]) => readonly File[]): void => {
    const files = choose([...(input.files ?? [])]);
    // So that the same file can be chosen again.
    input.value = '';
    openFiles.effect(bench, files);
  };

  return (
    <div className={styles['buttons']}>
      <Button
        kind="primary"
        icon="add"
        label={size === 'large' ? text.intake.choose : text.actions.addFiles}
        onPress={() => filePicker.current?.click()}
      />
      <Button
        icon="folder"
        iconOnly={size === 'compact'}
        label={text.intake.chooseFolder}
        onPress={() => folderPicker.current?.click()}
      />
      <input
        ref={filePicker}
        type="file"
        multiple
        hidden
        accept={accepted}
        aria-label={text.intake.choose}
        data-testid="file-input"
        onChange={(event) => take(event.currentTarget, (files) => files)}
      />
      <input
        ref={folderPicker}
        type="file"
        multiple
        hidden
        aria-label={text.intake.chooseFolder}
        data-testid="folder-input"
        onChange={(event) => take(event.currentTarget, (files) => host.audioFilesOf(files))}
      />
    </div>
  );
}
