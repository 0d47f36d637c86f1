import { useCallback, useId, useMemo, useRef, useState } from 'react';
import { attentionScaleMax } from '#core/explain/attentionColumns.ts';
import { formatClock } from '#core/render/axes.ts';
import { colormaps, type ColormapName } from '#core/render/colormaps.ts';
import { contourLevel, overlayColorOn } from '#core/render/overlayPicture.ts';
import { seek } from '#state/actions/playerActions.ts';
import { setOverlayOpacity } from '#state/actions/settingActions.ts';
import { setCursor, toggleOverlay, wholeTrack, zoomIn, zoomOut } from '#state/actions/viewActions.ts';
import type { Job } from '#state/jobs.ts';
import { extentOf } from '#state/viewport.ts';
import { Button } from '#ui/components/Button.tsx';
import { Icon } from '#ui/components/Icon.tsx';
import { Panel } from '#ui/components/Panel.tsx';
import { Segmented } from '#ui/components/Segmented.tsx';
import { useElementSize } from '#ui/components/useElementSize.ts';
import { Playhead } from '#ui/features/player/Playhead.tsx';
import type { TrackView } from '#ui/features/result/trackView.ts';
import { Ribbon } from '#ui/features/ribbon/Ribbon.tsx';
import { FrequencyAxis, TimeAxis } from '#ui/features/spectrogram/Axes.tsx';
import { DisplaySettings } from '#ui/features/spectrogram/DisplaySettings.tsx';
import { Crosshair, RegionBox, WindowFrame } from '#ui/features/spectrogram/Marks.tsx';
import { OverlayCanvas } from '#ui/features/spectrogram/OverlayCanvas.tsx';
import { overlayMapOf } from '#ui/features/spectrogram/overlayMap.ts';
import { Overview } from '#ui/features/spectrogram/Overview.tsx';
import { PictureCanvas } from '#ui/features/spectrogram/PictureCanvas.tsx';
import { PictureSurface, type PictureTool } from '#ui/features/spectrogram/PictureSurface.tsx';
import { Ramp } from '#ui/features/spectrogram/Ramp.tsx';
import { Readout } from '#ui/features/spectrogram/Readout.tsx';
import { spectrogramTexts } from '#ui/features/spectrogram/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useAttention, useJobs, useSettings, useView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './SpectrogramPanel.module.css';

const steps = Array.from({ length: 17 }, (_, index) => index / 16);
const overlayColors = (colormap: ColormapName): string[] =>
  steps.map((t) => {
    const [red, green, blue, alpha] = overlayColorOn(colormap, t);
    return `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
  });
const levelColors = (colormap: ColormapName): string[] =>
  steps.map((t) => {
    const entry = Math.round(t * 255) * 3;
    const table = colormaps[colormap];
    return `rgb(${table[entry] ?? 0} ${table[entry + 1] ?? 0} ${table[entry + 2] ?? 0})`;
  });
const decibels = (db: number): string => `${db < 0 ? `−${-db}` : db} dB`;

interface SpectrogramPanelProps {
  readonly job: Job;
  readonly view: TrackView;
  /** Said in the place of the picture while there is none. */
  readonly placeholder: string;
}

/** The picture of the sound and what the model looked at, the genres over it and the waveform under it, on one time axis. */
export function SpectrogramPanel({ job, view, placeholder }: SpectrogramPanelProps) {
  const { bench } = useWorkbench();
  const { text: messages, format } = useLanguage();
  const text = useTexts(spectrogramTexts);
  const opacity = useSettings((state) => state.overlayOpacity);
  const visible = useSettings((state) => state.overlayVisible);
  const style = useSettings((state) => state.overlayStyle);
  const threshold = useSettings((state) => state.overlayThreshold);
  const colormap = useSettings((state) => state.colormap);
  const floorDb = useSettings((state) => state.floorDb);
  const ceilingDb = useSettings((state) => state.ceilingDb);
  const selectedWindow = useJobs((state) => state.selectedWindow);
  const chosen = useView((state) => state.attention);
  const shape = useAttention((state) => state.shape);
  const byWindow = useAttention((state) => state.byWindow);
  const [tool, setTool] = useState<PictureTool>('pan');
  const [displayOpen, setDisplayOpen] = useState(false);
  const displayId = useId();
  const plot = useRef<HTMLDivElement>(null);
  const { width, height } = useElementSize(plot);
  const { prepared, model, windows } = view;
  const nFrames = prepared?.logMel.nFrames ?? 0;
  const frontEnd = model?.frontEnd ?? null;
  const extent = useMemo(
    () => (frontEnd === null || nFrames === 0 ? null : extentOf(nFrames, frontEnd)),
    [frontEnd, nFrames],
  );

  const shown = useMemo(
    () => overlayMapOf(windows, selectedWindow, chosen, { shape, byWindow }),
    [windows, selectedWindow, chosen, shape, byWindow],
  );
  const scaleMax = useMemo(() => attentionScaleMax(shown), [shown]);
  const hasOverlay = shown.some((window) => !window.silent);
  const framed =
    selectedWindow === null ? undefined : windows.find((window) => window.index === selectedWindow);
  const percent = Math.round(opacity * 100);
  const onSeek = useCallback(
    (seconds: number) => {
      setCursor.effect(bench, { seconds, hertz: bench.view.getState().cursor?.hertz ?? null });
      seek.effect(bench, seconds);
    },
    [bench],
  );

  return (
    <Panel
      title={messages.spectrogram.title}
      tools={
        <>
          <div className={styles['view']}>
            <Segmented
              label={text.tool}
              value={tool}
              options={[
                { value: 'pan', label: text.pan, icon: 'hand' },
                { value: 'box', label: text.box, icon: 'box' },
              ]}
              onChange={setTool}
            />
            <ViewButtons />
          </div>
          <label className={styles['toggle']} title={messages.spectrogram.overlayDetail}>
            <input
              type="checkbox"
              checked={visible}
              onChange={() => void toggleOverlay.effect(bench)}
              data-testid="overlay-toggle"
            />
            <Icon name="eye" />
            {messages.spectrogram.overlay}
          </label>
          <label className={styles['opacity']}>
            <span>{messages.spectrogram.opacity}</span>
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
          <Button
            kind="quiet"
            icon="sliders"
            label={text.display}
            expanded={displayOpen}
            controls={displayId}
            onPress={() => setDisplayOpen((open) => !open)}
            testId="display-toggle"
          />
        </>
      }
    >
      {displayOpen ? <DisplaySettings id={displayId} /> : null}
      <div className={styles['grid']}>
        <div className={styles['wide']}>
          <Ribbon view={view} job={job} />
        </div>
        {frontEnd === null || extent === null ? (
          <span />
        ) : (
          <FrequencyAxis frontEnd={frontEnd} height={height} />
        )}
        <div
          ref={plot}
          className={styles['plot']}
          data-testid="spectrogram"
          data-frames={nFrames}
          data-ready={prepared !== null}
        >
          {prepared === null || extent === null || frontEnd === null || model === null ? (
            <p className={styles['placeholder']}>{placeholder}</p>
          ) : (
            <>
              <p className="visually-hidden">
                {messages.spectrogram.describe(job.name, formatClock(prepared.durationSeconds, 0.1))}
              </p>
              <PictureSurface
                label={text.picture(job.name)}
                extent={extent}
                frontEnd={frontEnd}
                nFrames={nFrames}
                tool={tool}
                onSeek={onSeek}
              >
                <PictureCanvas picture={prepared.picture} extent={extent} />
                <OverlayCanvas
                  windows={shown}
                  model={model}
                  nFrames={nFrames}
                  extent={extent}
                  scaleMax={scaleMax}
                />
                {framed === undefined ? null : <WindowFrame window={framed} />}
                <RegionBox extent={extent} frontEnd={frontEnd} />
                <Crosshair extent={extent} frontEnd={frontEnd} />
              </PictureSurface>
            </>
          )}
        </div>
        <span className={styles['unit']} aria-hidden="true" data-testid="frequency-unit">
          Hz
        </span>
        <TimeAxis width={width} />
        {prepared === null || extent === null ? (
          <div className={styles['emptyOverview']} />
        ) : (
          <Overview waveform={prepared.waveform} extent={extent} soundSeconds={prepared.durationSeconds} />
        )}
        <div className={styles['over']}>
          <Playhead />
        </div>
      </div>
      <div className={styles['legends']}>
        {prepared === null || extent === null || frontEnd === null ? (
          <span />
        ) : (
          <Readout prepared={prepared} extent={extent} frontEnd={frontEnd} />
        )}
        <div className={styles['ramps']}>
          <Ramp
            label={messages.spectrogram.level}
            detail={messages.spectrogram.levelUnder}
            low={decibels(floorDb)}
            high={decibels(ceilingDb)}
            colors={levelColors(colormap)}
          />
          {!hasOverlay || !visible ? (
            <span className={styles['later']}>{visible ? messages.spectrogram.overlayLater : ''}</span>
          ) : (
            <Ramp
              label={
                chosen === null
                  ? messages.spectrogram.overlayDetail
                  : text.headDetail(
                      chosen.layer + 1,
                      chosen.head === 'mean' ? text.meanHead : text.head(chosen.head + 1),
                    )
              }
              detail={messages.spectrogram.evenAttention}
              low={style === 'contour' ? '' : `${format.decimal(threshold, threshold === 0 ? 0 : 1)}×`}
              high={
                style === 'contour'
                  ? text.contourAt(format.decimal(contourLevel(threshold), 1))
                  : `${format.decimal(scaleMax, 1)}×`
              }
              colors={style === 'contour' ? [] : overlayColors(colormap)}
            />
          )}
        </div>
      </div>
    </Panel>
  );
}

/** Zoom by buttons, for those who have neither wheel nor keys. */
function ViewButtons() {
  const { bench } = useWorkbench();
  const text = useTexts(spectrogramTexts);
  const close = useView((state) => state.viewport !== null);
  const there = useJobs(() => zoomIn.enabled(bench));
  return (
    <>
      <Button
        kind="quiet"
        icon="zoomOut"
        iconOnly
        label={text.commands.zoomOut}
        disabled={!there || !close}
        onPress={() => void zoomOut.effect(bench)}
        testId="zoom-out"
      />
      <Button
        kind="quiet"
        icon="zoomIn"
        iconOnly
        label={text.commands.zoomIn}
        disabled={!there}
        onPress={() => void zoomIn.effect(bench)}
        testId="zoom-in"
      />
      <Button
        kind="quiet"
        icon="whole"
        iconOnly
        label={text.commands.wholeTrack}
        disabled={!there || !close}
        onPress={() => void wholeTrack.effect(bench)}
        testId="zoom-whole"
      />
    </>
  );
}
