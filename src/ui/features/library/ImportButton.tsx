import { useRef } from 'react';
import { importArchive } from '#state/actions/libraryActions.ts';
import { Button } from '#ui/components/Button.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useWorkbench } from '#ui/WorkbenchContext.tsx';

/** Chooses an exported library and adds it to this one. */
export function ImportButton() {
  const { bench } = useWorkbench();
  const text = useTexts(libraryTexts);
  // Asked through the stores that decide it, so that the button follows them.
  const enabled = useLibrary(() => importArchive.enabled(bench));
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        icon="folder"
        label={text.importLibrary}
        title={text.importDetail}
        testId="library-import"
        disabled={!enabled}
        onPress={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        accept=".zip,application/zip"
        hidden
        aria-label={text.importDetail}
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file again is a choice too.
          event.target.value = '';
          if (file !== undefined) void importArchive.effect(bench, file);
        }}
      />
    </>
  );
}
