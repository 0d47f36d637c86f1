import { useEffect, useMemo, useRef } from 'react';
import { markedLabel } from '#core/model/labels.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import { formatClock, timeTicks } from '#core/render/axes.ts';
import { leadingGenres, ribbonOf } from '#core/render/ribbon.ts';
import { pyramidLevelFor, renderPictureTile } from '#core/render/spectrogramPyramid.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { useElementSize } from '#ui/components/useElementSize.ts';
import { useResolvedTheme } from '#ui/components/useResolvedTheme.ts';
import { compareTexts } from '#ui/features/compare/texts.ts';
import { RibbonCanvas } from '#ui/features/ribbon/RibbonCanvas.tsx';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useSettings, useView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ComparePicture.module.css';

interface ComparePictureProps {
  readonly report: AnalysisReport;
  readonly prepared: PreparedTrack | null;
  /** The time axis of both sides, so that the same second stands at the same place. */
  readonly spanSeconds: number;
  readonly side: 'left' | 'right';
}

/** The whole track of one side: ribbon, spectrogram, time axis, and the cursor that both sides share. */
export function ComparePicture({ report, prepared, spanSeconds, side }: ComparePictureProps) {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(compareTexts);
  const theme = useResolvedTheme();
  const colormap = useSettings((state) => state.colormap);
  const floorDb = useSettings((state) => state.floorDb);
  const ceilingDb = useSettings((state) => state.ceilingDb);
  const cursor = useView((state) => state.cursor?.seconds ?? null);
  const area = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useElementSize(area);
  const { durationSeconds } = report.file;

  const ribbon = useMemo(
    () => ribbonOf(report.windows, leadingGenres(report.track.predictions, []), durationSeconds),
    [report, durationSeconds],
  );
  const ticks = useMemo(
    () => timeTicks(spanSeconds, Math.max(2, Math.floor(width / 80))),
    [spanSeconds, width],
  );

  useEffect(() => {
    const target = canvas.current;
    if (target === null || prepared === null || width === 0) return;
    const { picture } = prepared;
    const level = pyramidLevelFor(picture, picture.nFrames / (width * devicePixelRatio));
    const columns = picture.levels[level]?.columns ?? 0;
    if (columns === 0) return;
    target.width = columns;
    target.height = picture.nMels;
    const rgba = renderPictureTile(picture, level, 0, columns, colormap, floorDb, ceilingDb);
    target.getContext('2d')?.putImageData(new ImageData(rgba, columns, picture.nMels), 0, 0);
  }, [prepared, width, colormap, floorDb, ceilingDb]);

  const point = (seconds: number | null): void =>
    bench.view.setState({
      cursor: seconds === null ? null : { seconds: Math.min(spanSeconds, Math.max(0, seconds)), hertz: null },
    });
  const share = spanSeconds > 0 ? durationSeconds / spanSeconds : 1;
  const isShown = cursor !== null && cursor <= spanSeconds;

  return (
    <div
      ref={area}
      className={styles['area']}
      data-testid={`compare-picture-${side}`}
      data-cursor={cursor ?? ''}
      onPointerMove={(event) => {
        const { left, width: wide } = event.currentTarget.getBoundingClientRect();
        if (wide > 0) point(((event.clientX - left) / wide) * spanSeconds);
      }}
      onPointerLeave={() => point(null)}
    >
      {/* The cursor for the keyboard: arrows move it by a second. */}
      <input
        type="range"
        className="visually-hidden"
        min={0}
        max={Math.floor(durationSeconds)}
        step={1}
        value={Math.min(durationSeconds, cursor ?? 0)}
        aria-label={text.picture(report.file.name)}
        aria-valuetext={text.cursor(formatClock(cursor ?? 0, 0.1))}
        onChange={(event) => point(Number(event.currentTarget.value))}
      />
      <div className={styles['ribbon']} style={{ inlineSize: `${share * 100}%` }}>
        <RibbonCanvas
          ribbon={ribbon}
          startSeconds={0}
          endSeconds={durationSeconds}
          theme={theme}
          nameOf={(genre) => markedLabel(report.model.labels, genre, language)}
        />
      </div>
      <div className={styles['picture']}>
        {prepared === null ? (
          <p className={styles['missing']}>{text.noPicture}</p>
        ) : (
          <canvas ref={canvas} style={{ inlineSize: `${share * 100}%` }} aria-hidden="true" />
        )}
      </div>
      <div className={styles['times']} aria-hidden="true">
        {ticks.map((tick) => (
          <span
            key={tick.value}
            style={{ left: `${tick.position * 100}%` }}
            data-edge={(1 - tick.position) * width < 24 ? 'end' : undefined}
          >
            {tick.label}
          </span>
        ))}
      </div>
      {isShown ? (
        <div className={styles['cursor']} style={{ left: `${(cursor / spanSeconds) * 100}%` }}>
          <span>{formatClock(cursor, 0.1)}</span>
        </div>
      ) : null}
    </div>
  );
}
