import { memo, type KeyboardEvent } from 'react';
import { formatClock } from '#core/render/axes.ts';
import type { WindowResult } from '#core/report/report.ts';
import { windowCells } from '#core/report/windowCells.ts';
import { lookAtWindow } from '#state/actions/ribbonActions.ts';
import { ribbonTexts } from '#ui/features/ribbon/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Ribbon.module.css';

interface SharedProps {
  /** Name of the group of radio buttons. */
  readonly group: string;
  readonly durationSeconds: number;
  readonly nameOf: (genre: string) => string;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

interface RibbonCellsProps extends SharedProps {
  readonly windows: readonly WindowResult[];
  readonly selected: number | null;
}

/**
 * One radio button for each window, over the stretch of time for which the window speaks. Placed on the whole track, so
 * that panning and zooming move their parent and draw none of them again.
 */
export const RibbonCells = memo(function RibbonCells({ windows, selected, ...shared }: RibbonCellsProps) {
  return windowCells(windows).map(({ window, startSeconds, endSeconds }) => (
    <RibbonCell
      key={window.index}
      window={window}
      startSeconds={startSeconds}
      endSeconds={endSeconds}
      checked={selected === window.index}
      {...shared}
    />
  ));
});

interface RibbonCellProps extends SharedProps {
  readonly window: WindowResult;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly checked: boolean;
}

/** Drawn again only when its own window changes: two hours have 1400 of them, and they arrive one by one. */
const RibbonCell = memo(function RibbonCell(props: RibbonCellProps) {
  const { window, startSeconds, endSeconds, checked, group, durationSeconds, nameOf, onKeyDown } = props;
  const { bench } = useWorkbench();
  const { format } = useLanguage();
  const text = useTexts(ribbonTexts);
  const best = window.predictions[0];
  const content =
    window.silent || best === undefined
      ? text.silent
      : `${nameOf(best.genre)} ${format.percentShort(best.probability)}`;
  const span = text.span(formatClock(window.startSeconds, 0.1), formatClock(window.endSeconds, 0.1));
  return (
    <label
      className={styles['cell']}
      style={{
        left: `${(startSeconds / durationSeconds) * 100}%`,
        width: `${(Math.max(0, endSeconds - startSeconds) / durationSeconds) * 100}%`,
      }}
      data-testid="window"
      data-index={window.index}
      data-silent={window.silent}
    >
      <input
        type="radio"
        name={group}
        className="visually-hidden"
        aria-label={`${text.name(window.index + 1)}, ${span}: ${content}`}
        checked={checked}
        onKeyDown={onKeyDown}
        onChange={() => lookAtWindow.effect(bench, window)}
      />
    </label>
  );
});
