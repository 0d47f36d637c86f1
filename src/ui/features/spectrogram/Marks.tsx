import type { FrontEnd } from '#core/model/manifest.ts';
import type { WindowResult } from '#core/report/report.ts';
import { wholeViewport, type PictureExtent } from '#state/viewport.ts';
import { placeOf } from '#ui/features/spectrogram/surface.ts';
import { useViewport } from '#ui/features/spectrogram/useViewport.ts';
import { useView } from '#ui/WorkbenchContext.tsx';
import styles from './Marks.module.css';

const percent = (share: number): string => `${share * 100}%`;

/** The box that was drawn. */
export function RegionBox({
  extent,
  frontEnd,
}: {
  readonly extent: PictureExtent;
  readonly frontEnd: FrontEnd;
}) {
  const region = useView((state) => state.region);
  const seen = useView((state) => state.viewport);
  if (region === null) return null;
  const viewport = seen ?? wholeViewport(extent);
  const from = placeOf(region.startSeconds, region.lowHz, viewport, frontEnd);
  const to = placeOf(region.endSeconds, region.highHz, viewport, frontEnd);
  return (
    <div
      className={styles['region']}
      style={{
        left: percent(from.x),
        width: percent(to.x - from.x),
        top: percent(to.y),
        height: percent(from.y - to.y),
      }}
      data-testid="region-box"
      data-start={region.startSeconds}
      data-end={region.endSeconds}
      data-low={region.lowHz}
      data-high={region.highHz}
    >
      <i />
      <i />
      <i />
      <i />
    </div>
  );
}

/** The window that is looked at; the rest is dimmed. */
export function WindowFrame({ window }: { readonly window: WindowResult }) {
  const { toX } = useViewport();
  const left = toX(window.startSeconds);
  return (
    <div
      className={styles['frame']}
      style={{ left: percent(left), width: percent(toX(window.endSeconds) - left) }}
      data-testid="window-frame"
    />
  );
}

/** Where the pointer or the keyboard is, also where it is over another picture. */
export function Crosshair({
  extent,
  frontEnd,
}: {
  readonly extent: PictureExtent;
  readonly frontEnd: FrontEnd;
}) {
  const cursor = useView((state) => state.cursor);
  const seen = useView((state) => state.viewport);
  if (cursor === null) return null;
  const viewport = seen ?? wholeViewport(extent);
  const { x, y } = placeOf(cursor.seconds, cursor.hertz ?? 0, viewport, frontEnd);
  if (x < 0 || x > 1) return null;
  return (
    <>
      <div className={styles['moment']} style={{ left: percent(x) }} />
      {cursor.hertz === null || y < 0 || y > 1 ? null : (
        <div className={styles['pitch']} style={{ top: percent(y) }} />
      )}
    </>
  );
}
