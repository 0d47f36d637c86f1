import { useMemo, useRef } from 'react';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import { formatClock, frequencyTicks, timeTicks, type AxisTick } from '#core/render/axes.ts';
import { colormaps } from '#core/render/colormaps.ts';
import { overlayColor, overlayScaleMax, renderOverlayTiles } from '#core/render/overlay.ts';
import { renderSpectrogramTiles } from '#core/render/spectrogramTiles.ts';
import { setOverlayOpacity } from '#state/actions/settingActions.ts';
import { toggleOverlay } from '#state/actions/viewActions.ts';
import type { Job } from '#state/jobs.ts';
import { Icon } from '#ui/components/Icon.tsx';
import { Panel } from '#ui/components/Panel.tsx';
import { useElementSize } from '#ui/components/useElementSize.ts';
import { Playhead } from '#ui/features/player/Playhead.tsx';
import type { TrackView } from '#ui/features/result/trackView.ts';
import { Ribbon } from '#ui/features/ribbon/Ribbon.tsx';
import { Ramp } from '#ui/features/spectrogram/Ramp.tsx';
import { TileCanvas } from '#ui/features/spectrogram/TileCanvas.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './SpectrogramPanel.module.css';

const steps = Array.from({ length: 17 }, (_, index) => index / 16);
const overlayColors = steps.map((t) => {
  const [red, green, blue, alpha] = overlayColor(t);
  return `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
});
const levelColors = steps.map((t) => {
  const entry = Math.round(t * 255) * 3;
  const { magma } = colormaps;
  return `rgb(${magma[entry] ?? 0} ${magma[entry + 1] ?? 0} ${magma[entry + 2] ?? 0})`;
});
const noTiles: never[] = [];

/** Labels that do not touch, from the bottom up; `height` in CSS pixels. */
function withRoom(ticks: readonly AxisTick[], height: number): readonly AxisTick[] {
  const kept: AxisTick[] = [];
  for (const tick of ticks) {
    const below = kept.at(-1);
    if (below === undefined || (tick.position - below.position) * height >= 14) kept.push(tick);
  }
  return kept;
}

interface SpectrogramPanelProps {
  readonly job: Job;
  readonly view: TrackView;
  /** Said in the place of the picture while there is none. */
  readonly placeholder: string;
}

/** The picture of the sound, what the model looked at, and the windows it was read in, on one time axis. */
export function SpectrogramPanel({ job, view, placeholder }: SpectrogramPanelProps) {
  const { bench } = useWorkbench();
  const { text, format } = useLanguage();
  const opacity = useSettings((state) => state.overlayOpacity);
  const visible = useSettings((state) => state.overlayVisible);
  const selectedWindow = useJobs((state) => state.selectedWindow);
  const plot = useRef<HTMLDivElement>(null);
  const { width, height } = useElementSize(plot);
  const { prepared, model, windows } = view;
  const nFrames = prepared?.logMel.nFrames ?? 0;
  const frontEnd = model?.frontEnd ?? null;
  // The picture is as wide as its frames; the sound may end a fraction of a frame earlier.
  const span =
    frontEnd === null || nFrames === 0
      ? (view.report?.file.durationSeconds ?? 0)
      : (nFrames * frontEnd.hopLength) / frontEnd.sampleRate;

  const shownWindows = useMemo(
    () => (selectedWindow === null ? windows : windows.filter((window) => window.index === selectedWindow)),
    [windows, selectedWindow],
  );
  const overlay = useMemo(() => {
    if (model === null || nFrames === 0 || !shownWindows.some((window) => !window.silent)) return null;
    const attention = layOutRollout(shownWindows, model, nFrames);
    const scaleMax = overlayScaleMax(attention);
    return { tiles: renderOverlayTiles(attention, { scaleMax }), scaleMax };
  }, [shownWindows, model, nFrames]);

  const tiles = useMemo(
    () =>
      prepared === null
        ? noTiles
        : renderSpectrogramTiles(prepared.logMel, { colormap: 'magma', topDb: frontEnd?.topDb ?? 80 }),
    [prepared, frontEnd],
  );

  const xTicks = useMemo(() => timeTicks(span, Math.max(2, Math.floor(width / 72))), [span, width]);
  const yTicks = useMemo(
    () => (frontEnd === null ? [] : withRoom(frequencyTicks(frontEnd), height)),
    [frontEnd, height],
  );
  const framed = selectedWindow === null ? undefined : shownWindows[0];
  const frame =
    framed === undefined || nFrames === 0 || frontEnd === null
      ? null
      : {
          left: `${(framed.startFrame / nFrames) * 100}%`,
          width: `${(Math.min(frontEnd.windowFrames, nFrames - framed.startFrame) / nFrames) * 100}%`,
        };
  const percent = Math.round(opacity * 100);

  return (
    <Panel
      title={text.spectrogram.title}
      tools={
        <>
          <label className={styles['toggle']} title={text.spectrogram.overlayDetail}>
            <input
              type="checkbox"
              checked={visible}
              onChange={() => toggleOverlay.effect(bench)}
              data-testid="overlay-toggle"
            />
            <Icon name="eye" />
            {text.spectrogram.overlay}
          </label>
          <label className={styles['opacity']}>
            <span>{text.spectrogram.opacity}</span>
            <input
              type="range"
              min={0}
              max={100}
              step={5}
              value={percent}
              disabled={!visible}
              aria-valuetext={format.percentShort(opacity)}
              onChange={(event) => setOverlayOpacity.effect(bench, Number(event.currentTarget.value) / 100)}
              data-testid="overlay-opacity"
            />
            <output className={styles['value']}>{format.percentShort(opacity)}</output>
          </label>
        </>
      }
    >
      <div className={styles['grid']}>
        <div className={styles['wide']}>
          <Ribbon view={view} job={job} />
        </div>
        <div className={styles['frequencies']} aria-hidden="true">
          {yTicks.map((tick) => (
            <span key={tick.value} style={{ bottom: `${tick.position * 100}%` }} data-testid="frequency-tick">
              {tick.label}
            </span>
          ))}
        </div>
        <div
          ref={plot}
          className={styles['plot']}
          data-testid="spectrogram"
          data-frames={nFrames}
          data-ready={prepared !== null}
        >
          {prepared === null ? (
            <p className={styles['placeholder']}>{placeholder}</p>
          ) : (
            <>
              <p className="visually-hidden">
                {text.spectrogram.describe(job.name, formatClock(prepared.durationSeconds, 0.1))}
              </p>
              <TileCanvas tiles={tiles} nFrames={nFrames} smooth testId="spectrogram-canvas" />
              <TileCanvas
                tiles={overlay?.tiles ?? noTiles}
                nFrames={nFrames}
                smooth={false}
                opacity={visible ? opacity : 0}
                testId="overlay-canvas"
              />
              {frame === null ? null : <div className={styles['frame']} style={frame} />}
            </>
          )}
        </div>
        <span className={styles['unit']} aria-hidden="true">
          Hz
        </span>
        <div className={styles['times']} aria-hidden="true">
          {span > 0
            ? xTicks.map((tick) => (
                <span
                  key={tick.value}
                  style={{ left: `${tick.position * 100}%` }}
                  data-edge={(1 - tick.position) * width < 20 ? 'end' : undefined}
                  data-testid="time-tick"
                >
                  {tick.label}
                </span>
              ))
            : null}
        </div>
        <div className={styles['over']}>
          <Playhead />
        </div>
      </div>
      <div className={styles['legends']}>
        <Ramp
          label={text.spectrogram.level}
          detail={text.spectrogram.levelUnder}
          low={`−${frontEnd?.topDb ?? 80} dB`}
          high="0 dB"
          colors={levelColors}
        />
        {overlay === null || !visible ? (
          <span className={styles['later']}>{visible ? text.spectrogram.overlayLater : ''}</span>
        ) : (
          <Ramp
            label={text.spectrogram.overlayDetail}
            detail={text.spectrogram.evenAttention}
            low="0×"
            high={`${format.decimal(overlay.scaleMax, 1)}×`}
            colors={overlayColors}
          />
        )}
      </div>
    </Panel>
  );
}
