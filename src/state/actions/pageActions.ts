import { always, command } from '#state/actions/action.ts';
import { redoLast, undoLast } from '#state/history.ts';

/** What belongs to the page as a whole. */
export const pageCommands = [
  command({
    name: 'undo',
    group: 'page',
    icon: 'undo',
    keys: [{ key: 'z', mod: true }],
    enabled: (bench) => bench.history.getState().done.length > 0,
    effect: (bench) => undoLast(bench.history),
  }),
  command({
    name: 'redo',
    group: 'page',
    icon: 'redo',
    keys: [
      { key: 'z', mod: true, shift: true },
      { key: 'y', mod: true },
    ],
    enabled: (bench) => bench.history.getState().undone.length > 0,
    effect: (bench) => redoLast(bench.history),
  }),
  command({
    name: 'showShortcuts',
    group: 'page',
    icon: 'keyboard',
    keys: [{ key: '?' }],
    enabled: always,
    effect: (bench) => bench.navigation.setState({ dialog: { kind: 'shortcuts' } }),
  }),
] as const;
