import { useRef } from 'react';
import { errorText } from '#core/errorText.ts';
import { formatClock } from '#core/render/axes.ts';
import {
  back5,
  faster,
  followPlayhead,
  forward5,
  hearAttention,
  hearBand,
  loopRegion,
  mute,
  playPause,
  seek,
  setLoop,
  setVolume,
  slower,
} from '#state/actions/playerActions.ts';
import type { Job } from '#state/jobs.ts';
import { Button } from '#ui/components/Button.tsx';
import { ProgressBar } from '#ui/components/ProgressBar.tsx';
import { Segmented } from '#ui/components/Segmented.tsx';
import { CommandButton, useCommandEnabled } from '#ui/features/commands/CommandButton.tsx';
import { playerTexts } from '#ui/features/player/texts.ts';
import { usePosition } from '#ui/features/player/usePosition.ts';
import { useLanguage, useTexts, type LanguageValue } from '#ui/i18n/LanguageContext.tsx';
import { usePlayer, useView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Transport.module.css';

const clock = (seconds: number): string => formatClock(seconds, 0.1);

/** Play, seek, loop, speed, volume and what is heard, for the selected job. */
export function Transport({ job }: { readonly job: Job }) {
  const text = useTexts(playerTexts);
  const phase = usePlayer((state) => state.phase);
  const playing = usePlayer((state) => state.playing);
  const source = usePlayer((state) => state.source.kind);
  const rate = usePlayer((state) => state.rate);
  const durationSeconds = usePlayer((state) => state.durationSeconds);
  const loop = usePlayer((state) => state.loop);
  const isThisJob = usePlayer((state) => state.jobId === job.id);

  return (
    <section
      className={styles['transport']}
      aria-label={text.title}
      data-testid="transport"
      data-phase={isThisJob ? phase : 'empty'}
      data-playing={playing}
      data-source={source}
      data-rate={rate}
      data-duration={durationSeconds}
      data-loop-start={loop?.startSeconds}
      data-loop-end={loop?.endSeconds}
    >
      {isThisJob && phase === 'empty' && job.origin === 'archive' ? (
        <p className={styles['words']} data-testid="player-no-audio">
          {text.noAudio}
        </p>
      ) : (
        <>
          <div className={styles['row']}>
            <PlayButtons />
            <Place />
            <Speed />
            <Volume />
          </div>
          <div className={styles['row']}>
            <HeardChoice />
            <LoopChoice />
            <Words />
          </div>
        </>
      )}
    </section>
  );
}

function PlayButtons() {
  const text = useTexts(playerTexts);
  const playing = usePlayer((state) => state.playing);
  return (
    <div className={styles['group']}>
      <CommandButton command={back5} kind="quiet" iconOnly />
      <CommandButton
        command={playPause}
        kind="primary"
        iconOnly
        {...(playing ? { label: text.pause, icon: 'pause' as const } : {})}
      />
      <CommandButton command={forward5} kind="quiet" iconOnly />
    </div>
  );
}

/** Position, seek slider, length. Written at each frame without rendering. */
function Place() {
  const { bench } = useWorkbench();
  const text = useTexts(playerTexts);
  const durationSeconds = usePlayer((state) => state.durationSeconds);
  const isReady = usePlayer((state) => state.phase === 'ready');
  const slider = useRef<HTMLInputElement>(null);
  const clockFace = useRef<HTMLSpanElement>(null);
  const held = useRef(false);
  const whole = clock(durationSeconds);

  usePosition((seconds) => {
    const face = clockFace.current;
    const range = slider.current;
    if (face === null || range === null) return;
    const shown = clock(seconds);
    if (face.textContent !== shown) face.textContent = shown;
    face.dataset['seconds'] = seconds.toFixed(4);
    if (!held.current) range.value = String(seconds);
    // Once a second: more often a screen reader has nothing to say about.
    const words = text.positionOf(formatClock(Math.floor(seconds)), whole);
    if (range.getAttribute('aria-valuetext') !== words) range.setAttribute('aria-valuetext', words);
    range.style.setProperty('--done', `${durationSeconds > 0 ? (seconds / durationSeconds) * 100 : 0}%`);
  });

  return (
    <div className={styles['place']}>
      <span ref={clockFace} className={styles['clock']} data-testid="position" aria-hidden="true">
        0:00.0
      </span>
      <input
        ref={slider}
        className={styles['slider']}
        type="range"
        min={0}
        max={Math.max(durationSeconds, 0.1)}
        step="any"
        defaultValue={0}
        disabled={!isReady}
        aria-label={text.position}
        data-testid="seek"
        onInput={(event) => seek.effect(bench, Number(event.currentTarget.value))}
        onPointerDown={() => {
          held.current = true;
        }}
        onPointerUp={() => {
          held.current = false;
        }}
        onPointerCancel={() => {
          held.current = false;
        }}
        onKeyDown={(event) => {
          // A hundredth of the track, which browsers take for a step, is nothing one can aim with.
          const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 }[
            event.key
          ];
          if (by === undefined) return;
          event.preventDefault();
          seek.effect(bench, bench.playback.positionSeconds() + by);
        }}
      />
      <span className={styles['clock']} data-testid="duration" aria-hidden="true">
        {whole}
      </span>
    </div>
  );
}

function Speed() {
  const text = useTexts(playerTexts);
  const { format } = useLanguage();
  const rate = usePlayer((state) => state.rate);
  return (
    <fieldset className={styles['group']} aria-label={text.speed}>
      <CommandButton command={slower} kind="quiet" iconOnly />
      <output className={styles['rate']} aria-label={text.speed} data-testid="rate">
        {text.speedIs(format.decimal(rate, 2))}
      </output>
      <CommandButton command={faster} kind="quiet" iconOnly />
    </fieldset>
  );
}

function Volume() {
  const { bench } = useWorkbench();
  const text = useTexts(playerTexts);
  const { format } = useLanguage();
  const volume = usePlayer((state) => (state.muted ? 0 : state.volume));
  const muted = usePlayer((state) => state.muted);
  const isReady = usePlayer((state) => state.phase === 'ready');
  return (
    <div className={styles['group']}>
      <CommandButton
        command={mute}
        kind="quiet"
        iconOnly
        pressed={muted}
        {...(muted ? { label: text.unmute, icon: 'muted' as const } : {})}
      />
      <input
        className={styles['volume']}
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={volume}
        disabled={!isReady}
        aria-label={text.volume}
        aria-valuetext={format.percentShort(volume)}
        data-testid="volume"
        onChange={(event) => setVolume.effect(bench, Number(event.currentTarget.value))}
      />
    </div>
  );
}

/** What is heard; the choice shows what was asked for, also while it is still computed. */
function HeardChoice() {
  const { bench } = useWorkbench();
  const text = useTexts(playerTexts);
  const source = usePlayer((state) => state.source.kind);
  const rendering = usePlayer((state) => state.rendering !== null);
  const hasBox = useView((state) => state.region !== null);
  const canBand = useCommandEnabled(hearBand);
  const canAttention = useCommandEnabled(hearAttention);
  const isReady = usePlayer((state) => state.phase === 'ready');
  const value = rendering ? 'attention' : source;
  return (
    <Segmented
      label={text.hear}
      value={value}
      options={[
        {
          value: 'original',
          label: text.sources.original,
          title: text.sourceDetails.original,
          disabled: !isReady,
        },
        {
          value: 'band',
          label: text.sources.band,
          title: hasBox ? text.sourceDetails.band : text.needsBox,
          disabled: !canBand,
        },
        {
          value: 'attention',
          label: text.sources.attention,
          title: text.sourceDetails.attention,
          disabled: !canAttention,
        },
      ]}
      onChange={(wanted) => {
        if (wanted === 'attention') void bench.playback.hear('attention');
        else if (wanted === 'band') void hearBand.effect(bench);
        else void bench.playback.hear('original');
      }}
    />
  );
}

function LoopChoice() {
  const { bench } = useWorkbench();
  const text = useTexts(playerTexts);
  const loop = usePlayer((state) => state.loop);
  const hasBox = useView((state) => state.region !== null);
  return (
    <div className={styles['group']}>
      {loop === null ? (
        hasBox && <CommandButton command={loopRegion} kind="quiet" />
      ) : (
        <>
          <span className={styles['loop']} data-testid="loop">
            {text.looping(clock(loop.startSeconds), clock(loop.endSeconds))}
          </span>
          <Button
            kind="quiet"
            icon="close"
            iconOnly
            label={text.clearLoop}
            testId="clear-loop"
            onPress={() => setLoop.effect(bench, null)}
          />
        </>
      )}
      <FollowButton />
    </div>
  );
}

/** Only while it would do something: the picture follows by itself until the person looks elsewhere. */
function FollowButton() {
  const shown = usePlayer((state) => state.playing && !state.following);
  return shown ? <CommandButton command={followPlayhead} kind="quiet" /> : null;
}

/** One line about what is heard, how far its computing is, or why it could not be. */
function Words() {
  const { bench } = useWorkbench();
  const value = useLanguage();
  const { language, format } = value;
  const text = useTexts(playerTexts);
  const rendering = usePlayer((state) => state.rendering);
  const error = usePlayer((state) => state.error);
  const phase = usePlayer((state) => state.phase);
  const source = usePlayer((state) => state.source);
  if (rendering !== null)
    return (
      <div className={styles['rendering']} data-testid="player-rendering" data-progress={rendering}>
        <span className={styles['progress']}>
          <ProgressBar label={text.renderingLabel} ratio={rendering} />
        </span>
        <span className={styles['words']}>{text.rendering(format.percentShort(rendering))}</span>
        <Button
          kind="quiet"
          icon="close"
          label={text.cancelRendering}
          onPress={() => bench.playback.cancelRendering()}
        />
      </div>
    );
  if (error !== null) {
    const { title, advice } = errorText(error, language);
    return (
      <p
        className={`${styles['words']} ${styles['bad']}`}
        role="alert"
        data-testid="player-error"
        data-code={error.code}
      >
        <strong>{title}.</strong> {advice}
      </p>
    );
  }
  const said = phase === 'loading' ? text.loading : describeSource(source, text, value);
  return (
    <output className={styles['words']} data-testid="player-words">
      {said}
    </output>
  );
}

type Source = ReturnType<ReturnType<typeof useWorkbench>['bench']['player']['getState']>['source'];

function describeSource(source: Source, text: (typeof playerTexts)['en'], { format }: LanguageValue): string {
  const hertz = (value: number): string =>
    value < 1000 ? `${format.integer(value)} Hz` : `${format.decimal(value / 1000, 1)} kHz`;
  switch (source.kind) {
    case 'band':
      return text.onlyBand(hertz(source.lowHz), hertz(source.highHz));
    case 'attention': {
      const map =
        source.windowIndex === null
          ? text.wholeTrack
          : text.oneWindow(format.integer(source.windowIndex + 1));
      const { stretch } = source;
      return stretch === null
        ? map
        : `${map} ${text.onlyStretch(clock(stretch.startSeconds), clock(stretch.endSeconds))}`;
    }
    default:
      return '';
  }
}
