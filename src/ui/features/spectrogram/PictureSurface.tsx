import {
  useEffect,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import { bandOfHertz, hertzOfBand } from '#core/render/melAxis.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import { setRegion } from '#state/actions/regionActions.ts';
import { panBy, seenOf, setCursor, setViewport, zoomAround } from '#state/actions/viewActions.ts';
import type { Region, Viewport } from '#state/view.ts';
import { zoomViewport, type PictureExtent } from '#state/viewport.ts';
import { spectrogramTexts } from '#ui/features/spectrogram/texts.ts';
import {
  adjustRegion,
  bandAt,
  gripAt,
  hertzAt,
  regionBetween,
  secondsAt,
  type Grip,
  type Place,
} from '#ui/features/spectrogram/surface.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './PictureSurface.module.css';

/** What dragging does: moves the picture, or draws a box. Shift draws a box with either. */
export type PictureTool = 'pan' | 'box';

interface PictureSurfaceProps {
  readonly label: string;
  readonly extent: PictureExtent;
  readonly frontEnd: FrontEnd;
  readonly nFrames: number;
  readonly tool: PictureTool;
  /** A click that was no drag. */
  readonly onSeek: (seconds: number) => void;
  readonly children: ReactNode;
}

/** Pixels that a pointer may tremble before a press is a drag. */
const trembling = 4;

/** What the pointers that are down are doing. */
type Gesture =
  | { readonly kind: 'press' | 'pan'; readonly from: Place; readonly viewport: Viewport }
  | { readonly kind: 'box'; readonly from: Place; readonly viewport: Viewport }
  | {
      readonly kind: 'adjust';
      readonly from: Place;
      readonly viewport: Viewport;
      readonly region: Region;
      readonly grip: Grip;
    }
  | { readonly kind: 'pinch'; readonly from: readonly [Place, Place]; readonly viewport: Viewport };

/** How far apart, never less than a finger's width, so that a zoom does not explode. */
const apart = (a: number, b: number): number => Math.max(0.05, Math.abs(a - b));

const cursorOf: Readonly<Record<string, string>> = {
  '0 0': 'move',
  '1 0': 'ew-resize',
  '-1 0': 'ew-resize',
  '0 1': 'ns-resize',
  '0 -1': 'ns-resize',
  '1 1': 'nesw-resize',
  '-1 -1': 'nesw-resize',
  '1 -1': 'nwse-resize',
  '-1 1': 'nwse-resize',
};

/** The smallest box: a two-hundredth of what is seen, and one band. */
const least = (viewport: Viewport): { readonly seconds: number; readonly bands: number } => ({
  seconds: (viewport.endSeconds - viewport.startSeconds) / 200,
  bands: 1,
});

/**
 * Takes pointer, wheel and keys of the picture and turns them into viewport, cursor and box. The children are painted
 * under the pointer; nothing here draws.
 */
export function PictureSurface(props: PictureSurfaceProps) {
  const { label, extent, frontEnd, nFrames, tool, onSeek, children } = props;
  const { bench } = useWorkbench();
  const text = useTexts(spectrogramTexts);
  const hint = useId();
  const surface = useRef<HTMLDivElement>(null);
  const pointers = useRef(new Map<number, Place>());
  const gesture = useRef<Gesture | null>(null);
  const [editing, setEditing] = useState(false);
  const hasRegion = useView((state) => state.region !== null);
  const isEditing = editing && hasRegion;

  const placeOfEvent = (event: { readonly clientX: number; readonly clientY: number }): Place => {
    const { left, top, width, height } = surface.current!.getBoundingClientRect();
    return {
      x: width > 0 ? (event.clientX - left) / width : 0,
      y: height > 0 ? (event.clientY - top) / height : 0,
    };
  };

  // React's wheel listeners are passive: the page would scroll as well.
  useEffect(() => {
    const element = surface.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      const seen = seenOf(bench);
      if (seen === null) return;
      const { viewport } = seen;
      const before = bench.view.getState().viewport;
      const unit =
        event.deltaMode === WheelEvent.DOM_DELTA_LINE
          ? 16
          : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
            ? 400
            : 1;
      const dx = event.deltaX * unit;
      const dy = event.deltaY * unit;
      const { left, top, width, height } = element.getBoundingClientRect();
      const isSideways = Math.abs(dx) > Math.abs(dy);
      if (!event.ctrlKey && (event.shiftKey || isSideways)) {
        const by = isSideways ? dx : dy;
        panBy.effect(bench, { seconds: (by / width) * (viewport.endSeconds - viewport.startSeconds) });
      } else {
        // A pinch on a touch pad arrives as wheel with Ctrl, in smaller numbers.
        const factor = Math.exp(
          Math.max(-1, Math.min(1, dy * (event.ctrlKey && Math.abs(dy) < 40 ? 0.01 : 0.002))),
        );
        zoomAround.effect(bench, event.altKey ? { bands: factor } : { times: factor }, {
          seconds: secondsAt(viewport, (event.clientX - left) / width),
          band: bandAt(viewport, (event.clientY - top) / height),
        });
      }
      // Where there is nowhere to go the page scrolls; but never zooms, which Ctrl would do.
      if (event.ctrlKey || bench.view.getState().viewport !== before) event.preventDefault();
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [bench]);

  // A part that has gone from view takes its cursor along.
  useEffect(() => () => setCursor.effect(bench, null), [bench]);

  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    const seen = seenOf(bench);
    if (seen === null) return;
    const place = placeOfEvent(event);
    const { viewport } = seen;
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, place);
    const down = [...pointers.current.values()];
    if (down[0] !== undefined && down[1] !== undefined) {
      gesture.current = { kind: 'pinch', from: [down[0], down[1]], viewport };
      return;
    }
    const { region } = bench.view.getState();
    const { width, height } = event.currentTarget.getBoundingClientRect();
    const grip =
      region === null || event.shiftKey ? null : gripAt(place, region, viewport, frontEnd, { width, height });
    // With the tool for moving a box is taken by its edges only: its inside moves the picture, as everywhere.
    if (region !== null && grip !== null && (tool === 'box' || grip.time !== 0 || grip.band !== 0))
      gesture.current = { kind: 'adjust', from: place, viewport, region, grip };
    else if (tool === 'box' || event.shiftKey) gesture.current = { kind: 'box', from: place, viewport };
    else gesture.current = { kind: 'press', from: place, viewport };
  };

  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const place = placeOfEvent(event);
    const now = gesture.current;
    const { width, height } = event.currentTarget.getBoundingClientRect();
    if (now === null || !pointers.current.has(event.pointerId)) {
      point(place);
      const { region } = bench.view.getState();
      const seen = seenOf(bench);
      const grip =
        region === null || seen === null
          ? null
          : gripAt(place, region, seen.viewport, frontEnd, { width, height });
      const isTaken = grip !== null && (tool === 'box' || grip.time !== 0 || grip.band !== 0);
      event.currentTarget.style.cursor = isTaken ? (cursorOf[`${grip.time} ${grip.band}`] ?? '') : '';
      return;
    }
    pointers.current.set(event.pointerId, place);
    switch (now.kind) {
      case 'press':
      case 'pan': {
        const x = place.x - now.from.x;
        const y = place.y - now.from.y;
        if (now.kind === 'press' && Math.hypot(x * width, y * height) < trembling) return;
        gesture.current = { ...now, kind: 'pan' };
        const { startSeconds, endSeconds, lowBand, highBand } = now.viewport;
        const seconds = -x * (endSeconds - startSeconds);
        const bands = y * (highBand - lowBand);
        setViewport.effect(bench, {
          startSeconds: startSeconds + seconds,
          endSeconds: endSeconds + seconds,
          lowBand: lowBand + bands,
          highBand: highBand + bands,
        });
        return;
      }
      case 'box': {
        if (Math.abs(place.x - now.from.x) * width < trembling) return;
        point(place);
        setRegion.effect(
          bench,
          regionBetween(now.from, place, now.viewport, frontEnd, extent.durationSeconds),
        );
        return;
      }
      case 'adjust': {
        const { viewport, region, grip, from } = now;
        setRegion.effect(
          bench,
          adjustRegion(
            region,
            grip,
            {
              seconds: (place.x - from.x) * (viewport.endSeconds - viewport.startSeconds),
              bands: (from.y - place.y) * (viewport.highBand - viewport.lowBand),
            },
            frontEnd,
            extent.durationSeconds,
            least(viewport),
          ),
        );
        return;
      }
      case 'pinch': {
        const [first, second] = [...pointers.current.values()];
        if (first === undefined || second === undefined) return;
        const [a, b] = now.from;
        const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
        const zoomed = zoomViewport(
          now.viewport,
          extent,
          // Mostly sideways fingers mean time alone: the heights of two fingers are never quite equal.
          {
            times: apart(a.x, b.x) / apart(first.x, second.x),
            bands:
              Math.abs(a.y - b.y) * height < Math.abs(a.x - b.x) * width * 0.5
                ? 1
                : apart(a.y, b.y) / apart(first.y, second.y),
          },
          { seconds: secondsAt(now.viewport, middle.x), band: bandAt(now.viewport, middle.y) },
        );
        const x = (first.x + second.x) / 2 - middle.x;
        const y = (first.y + second.y) / 2 - middle.y;
        const seconds = -x * (zoomed.endSeconds - zoomed.startSeconds);
        const bands = y * (zoomed.highBand - zoomed.lowBand);
        setViewport.effect(bench, {
          startSeconds: zoomed.startSeconds + seconds,
          endSeconds: zoomed.endSeconds + seconds,
          lowBand: zoomed.lowBand + bands,
          highBand: zoomed.highBand + bands,
        });
      }
    }
  };

  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    const now = gesture.current;
    const place = placeOfEvent(event);
    pointers.current.delete(event.pointerId);
    const { width } = event.currentTarget.getBoundingClientRect();
    const isClick =
      event.type === 'pointerup' &&
      (now?.kind === 'press' || (now?.kind === 'box' && Math.abs(place.x - now.from.x) * width < trembling));
    // The other finger stays down: what it does next is a new gesture.
    gesture.current = null;
    if (!isClick) return;
    point(place);
    const seen = seenOf(bench);
    if (seen !== null) onSeek(secondsAt(seen.viewport, place.x));
  };

  function point(place: Place): void {
    const seen = seenOf(bench);
    if (seen === null || place.x < 0 || place.x > 1 || place.y < 0 || place.y > 1) return;
    setCursor.effect(bench, {
      seconds: secondsAt(seen.viewport, place.x),
      hertz: hertzAt(seen.viewport, place.y, frontEnd),
    });
  }

  /** The cursor, or the middle of what is seen where there is none. */
  function keyboardCursor(viewport: Viewport): { readonly seconds: number; readonly hertz: number } {
    const { cursor } = bench.view.getState();
    const isSeen =
      cursor !== null && cursor.seconds >= viewport.startSeconds && cursor.seconds <= viewport.endSeconds;
    return {
      seconds: isSeen ? cursor.seconds : (viewport.startSeconds + viewport.endSeconds) / 2,
      hertz:
        (isSeen ? cursor.hertz : null) ?? hertzOfBand((viewport.lowBand + viewport.highBand) / 2, frontEnd),
    };
  }

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const seen = seenOf(bench);
    if (seen === null || event.altKey || event.target !== event.currentTarget) return;
    const { viewport } = seen;
    const span = viewport.endSeconds - viewport.startSeconds;
    const bands = viewport.highBand - viewport.lowBand;
    const x = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const y = event.key === 'ArrowDown' ? -1 : event.key === 'ArrowUp' ? 1 : 0;
    const used = (): void => {
      event.preventDefault();
      // The same key means something else on the page.
      event.stopPropagation();
    };
    const { region } = bench.view.getState();
    if (isEditing && region !== null) {
      if (event.key === 'Enter') {
        setEditing(false);
        used();
      } else if (event.key === 'Escape') {
        setEditing(false);
        setRegion.effect(bench, null);
        used();
      } else if (x !== 0 || y !== 0) {
        const grip: Grip = event.shiftKey
          ? { time: x === 0 ? 0 : 1, band: y === 0 ? 0 : 1 }
          : { time: 0, band: 0 };
        const by = { seconds: (x * span) / 50, bands: (y * bands) / 40 };
        setRegion.effect(
          bench,
          adjustRegion(region, grip, by, frontEnd, extent.durationSeconds, least(viewport)),
        );
        used();
      }
      return;
    }
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      if (region === null) {
        const at = keyboardCursor(viewport);
        const middle = {
          x: (at.seconds - viewport.startSeconds) / span,
          y: (viewport.highBand - bandOfHertz(at.hertz, frontEnd)) / bands,
        };
        setRegion.effect(
          bench,
          regionBetween(
            { x: middle.x - 0.1, y: middle.y + 0.15 },
            { x: middle.x + 0.1, y: middle.y - 0.15 },
            viewport,
            frontEnd,
            extent.durationSeconds,
          ),
        );
      }
      setEditing(true);
      used();
      return;
    }
    const isMod = event.ctrlKey || event.metaKey;
    if (event.shiftKey || (y === 0 && !(x !== 0 && isMod))) return;
    const at = keyboardCursor(viewport);
    const band = bandOfHertz(at.hertz, frontEnd) + y * Math.max(1, bands / 100);
    setCursor.effect(bench, {
      seconds: Math.max(
        viewport.startSeconds,
        Math.min(viewport.endSeconds, at.seconds + x * Math.max(extent.secondsPerFrame, span / 200)),
      ),
      hertz: hertzOfBand(Math.max(viewport.lowBand, Math.min(viewport.highBand, band)), frontEnd),
    });
    used();
  };

  return (
    <>
      <p id={hint} className="visually-hidden">
        {isEditing ? text.boxKeys : text.keys}
      </p>
      {/* A picture that is moved by keys and pointer; there is no element for that. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={surface}
        className={styles['surface']}
        role="application"
        aria-label={label}
        aria-describedby={hint}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        data-keys="picture"
        data-testid="spectrogram-surface"
        data-frames={nFrames}
        data-tool={tool}
        data-editing={isEditing}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onPointerLeave={() => {
          if (gesture.current === null) setCursor.effect(bench, null);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setEditing(false)}
      >
        {children}
        {isEditing ? <p className={styles['editing']}>{text.editing}</p> : null}
      </div>
    </>
  );
}
