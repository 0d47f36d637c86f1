import { Fragment, useId } from 'react';
import type { CommandGroup, KeyBinding } from '#state/actions/action.ts';
import { allCommands } from '#state/actions/commands.ts';
import { setLetterKeys } from '#state/actions/settingActions.ts';
import { Dialog } from '#ui/components/Dialog.tsx';
import { commandTexts } from '#ui/features/commands/commandTexts.ts';
import { isMac, keyCaps } from '#ui/features/commands/keyText.ts';
import { commandsTexts } from '#ui/features/commands/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ShortcutsDialog.module.css';

const groups: readonly CommandGroup[] = ['review', 'queue', 'player', 'view', 'library', 'export', 'page'];

/** One binding, each key as a key. */
function Keys({ binding }: { readonly binding: KeyBinding }) {
  const texts = useTexts(commandsTexts);
  return (
    <span className={styles['keys']}>
      {keyCaps(binding, texts.keys, isMac()).map((cap) => (
        <kbd key={cap} className={styles['key']}>
          {cap}
        </kbd>
      ))}
    </span>
  );
}

/** The list of shortcuts, by the question mark. */
export function ShortcutsDialog() {
  const { bench } = useWorkbench();
  const texts = useTexts(commandsTexts);
  const labels = useTexts(commandTexts);
  const letterKeys = useSettings((state) => state.letterKeys);
  const switchId = useId();
  const listed = allCommands.filter((command) => command.keys.length > 0);
  return (
    <Dialog
      title={texts.title}
      closeLabel={texts.close}
      wide
      testId="shortcuts"
      onClose={() => bench.navigation.setState({ dialog: null })}
    >
      <div className={styles['switch']}>
        <input
          id={switchId}
          type="checkbox"
          checked={letterKeys}
          data-testid="letter-keys"
          aria-describedby={`${switchId}-detail`}
          onChange={(event) => setLetterKeys.effect(bench, event.currentTarget.checked)}
        />
        <label htmlFor={switchId}>{texts.letterKeys}</label>
        <p id={`${switchId}-detail`}>{texts.letterKeysDetail}</p>
      </div>
      <div className={styles['groups']}>
        {groups.map((group) => {
          const members = listed.filter((command) => command.group === group);
          return members.length === 0 ? null : (
            <section key={group} className={styles['group']} aria-label={texts.groups[group]}>
              <h3>{texts.groups[group]}</h3>
              <dl>
                {members.map((command) => (
                  <div
                    key={command.name}
                    className={styles['row']}
                    data-testid="shortcut"
                    data-command={command.name}
                  >
                    <dt>{labels[command.name]}</dt>
                    <dd>
                      {command.keys.map((binding, index) => (
                        <Fragment key={`${binding.key}${String(binding.mod)}${String(binding.shift)}`}>
                          {index === 0 ? null : <span className={styles['or']}>{texts.or}</span>}
                          <Keys binding={binding} />
                          {binding.within === undefined ? null : (
                            <span className={styles['or']}>{texts.within[binding.within]}</span>
                          )}
                        </Fragment>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Dialog>
  );
}
