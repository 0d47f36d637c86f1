import { useCallback, useRef, type KeyboardEvent } from 'react';
import { cancelAll, clear, select } from '#state/actions/jobActions.ts';
import { isPending } from '#state/jobs.ts';
import { Button } from '#ui/components/Button.tsx';
import { AddButtons } from '#ui/features/intake/AddButtons.tsx';
import { JobRow } from '#ui/features/jobs/JobRow.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './JobList.module.css';

/** The queue: first to last as it is run. Arrow keys move the selection, Delete takes a file off the list. */
export function JobList() {
  const { bench } = useWorkbench();
  const { text } = useLanguage();
  const order = useJobs((state) => state.order);
  const selectedId = useJobs((state) => state.selectedId);
  const pending = useJobs((state) => Object.values(state.jobs).filter(isPending).length);
  const list = useRef<HTMLUListElement>(null);

  const onKeyDown = useCallback(
    (event: KeyboardEvent): void => {
      const focusRow = (id: string): void => {
        list.current?.querySelector<HTMLElement>(`[data-job-id="${id}"] [data-row-button]`)?.focus();
      };
      const state = bench.jobs.getState();
      const at = state.selectedId === null ? -1 : state.order.indexOf(state.selectedId);
      const goTo = (index: number): void => {
        const id = state.order[Math.min(state.order.length - 1, Math.max(0, index))];
        if (id === undefined) return;
        event.preventDefault();
        select.effect(bench, id);
        focusRow(id);
      };
      if (event.key === 'ArrowDown') goTo(at + 1);
      else if (event.key === 'ArrowUp') goTo(at - 1);
      else if (event.key === 'Home') goTo(0);
      else if (event.key === 'End') goTo(state.order.length - 1);
      else if (event.key === 'Delete' && !event.repeat) {
        // The page's key for the list of files does it; the focus stays in the list.
        requestAnimationFrame(() => {
          const { selectedId } = bench.jobs.getState();
          if (selectedId !== null) focusRow(selectedId);
        });
      }
    },
    [bench],
  );

  return (
    <nav className={styles['panel']} aria-label={text.jobs.title}>
      <AddButtons size="compact" />
      <div className={styles['bar']}>
        <h2 className={styles['summary']}>{text.jobs.summary(order.length - pending, order.length)}</h2>
        {pending > 1 ? (
          <Button kind="quiet" label={text.actions.cancelAll} onPress={() => cancelAll.effect(bench)} />
        ) : (
          <Button kind="quiet" label={text.actions.clear} onPress={() => clear.effect(bench)} />
        )}
      </div>
      <ul ref={list} className={styles['list']} data-keys="queue">
        {order.map((id) => (
          <JobRow key={id} id={id} tabbable={id === (selectedId ?? order[0])} onKeyDown={onKeyDown} />
        ))}
      </ul>
    </nav>
  );
}
