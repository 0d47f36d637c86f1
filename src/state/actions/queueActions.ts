import { command } from '#state/actions/action.ts';
import { cancelAll, clear, remove, select } from '#state/actions/jobActions.ts';
import type { JobId } from '#state/jobs.ts';
import type { Workbench } from '#state/workbench.ts';

/** The file so many places further down the list; null at its ends. */
function neighbour(bench: Workbench, step: 1 | -1): JobId | null {
  const { order, selectedId } = bench.jobs.getState();
  const at = selectedId === null ? -1 : order.indexOf(selectedId);
  return at < 0 ? null : (order[at + step] ?? null);
}

function goTo(bench: Workbench, id: JobId | null): void {
  if (id !== null) select.effect(bench, id);
}

/** Walking and clearing the list of files. */
export const queueCommands = [
  command({
    name: 'nextFile',
    group: 'queue',
    icon: 'chevron',
    keys: [{ key: 'j' }],
    enabled: (bench) => neighbour(bench, 1) !== null,
    effect: (bench) => goTo(bench, neighbour(bench, 1)),
  }),
  command({
    name: 'previousFile',
    group: 'queue',
    icon: 'chevronUp',
    keys: [{ key: 'j', shift: true }],
    enabled: (bench) => neighbour(bench, -1) !== null,
    effect: (bench) => goTo(bench, neighbour(bench, -1)),
  }),
  command({
    name: 'removeFile',
    group: 'queue',
    icon: 'close',
    keys: [{ key: 'Delete', within: 'queue' }],
    enabled: (bench) => bench.jobs.getState().selectedId !== null,
    effect: (bench) => {
      const { selectedId } = bench.jobs.getState();
      if (selectedId !== null) remove.effect(bench, selectedId);
    },
  }),
  command({
    name: 'cancelFiles',
    group: 'queue',
    icon: 'close',
    keys: [],
    enabled: cancelAll.enabled,
    effect: cancelAll.effect,
  }),
  command({
    name: 'clearFiles',
    group: 'queue',
    icon: 'close',
    keys: [],
    enabled: clear.enabled,
    effect: clear.effect,
  }),
] as const;
