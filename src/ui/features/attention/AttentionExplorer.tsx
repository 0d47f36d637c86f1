import { useEffect, useId, useMemo, useRef } from 'react';
import { errorText } from '#core/errorText.ts';
import { patchAttention, type AttentionShape } from '#core/explain/classAttention.ts';
import { colormapEntry, colormaps } from '#core/render/colormaps.ts';
import {
  chooseAttention,
  exploreAttention,
  exploredWindows,
  loadAttention,
} from '#state/actions/attentionActions.ts';
import type { Job } from '#state/jobs.ts';
import { Button } from '#ui/components/Button.tsx';
import { Panel } from '#ui/components/Panel.tsx';
import { useCommandEnabled } from '#ui/features/commands/CommandButton.tsx';
import { attentionTexts } from '#ui/features/attention/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useAttention, useJobs, useView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './AttentionExplorer.module.css';

/** Side of one head's picture and the gap beside it, in pixels of the canvas; two canvas pixels a patch are one CSS pixel. */
const gap = 2;

/** Which of `count` equal cells a pointer is over. */
const cellAt = (offset: number, size: number, count: number): number =>
  Math.min(count - 1, Math.max(0, Math.floor((offset / size) * count)));

/** All heads of all layers of one window: heads from left to right, layers from the first at the top. */
function paintHeads(
  canvas: HTMLCanvasElement,
  attention: Float32Array,
  shape: AttentionShape,
  lowAtTop: boolean,
): void {
  const side = Math.round(Math.sqrt(shape.tokens - 1));
  const cell = side + gap;
  canvas.width = shape.heads * cell - gap;
  canvas.height = shape.layers * cell - gap;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const picture = context.createImageData(canvas.width, canvas.height);
  for (let layer = 0; layer < shape.layers; layer += 1)
    for (let head = 0; head < shape.heads; head += 1) {
      const patches = patchAttention(attention, shape, { layer, head });
      const highest = patches.reduce((most, value) => Math.max(most, value), 0);
      for (const [index, value] of patches.entries()) {
        const row = Math.floor(index / side);
        const y = layer * cell + (lowAtTop ? side - 1 - row : row);
        const x = head * cell + (index % side);
        // The square root shows faint attention as well; each head has its own brightest patch.
        const entry = colormapEntry(highest > 0 ? Math.sqrt(value / highest) : 0) * 3;
        const at = 4 * (y * canvas.width + x);
        picture.data.set([...colormaps.viridis.subarray(entry, entry + 3), 255], at);
      }
    }
  context.putImageData(picture, 0, 0);
}

interface HeadsCanvasProps {
  readonly attention: Float32Array;
  readonly shape: AttentionShape;
  /** True where the first image row holds the lowest frequencies. */
  readonly lowAtTop: boolean;
}

function HeadsCanvas({ attention, shape, lowAtTop }: HeadsCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) paintHeads(canvas.current, attention, shape, lowAtTop);
  }, [attention, shape, lowAtTop]);
  return <canvas ref={canvas} aria-hidden="true" data-testid="attention-heads" />;
}

/** Attention of single layers and heads, for the curious. Closed it is one line; open it is laid over the picture. */
export function AttentionExplorer({ job }: { readonly job: Job }) {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(attentionTexts);
  const choice = useView((state) => state.attention);
  // Both decide which windows are looked at.
  useView((state) => state.viewport);
  useJobs((state) => state.selectedWindow);
  const mine = useAttention((state) => (state.jobId === job.id ? state : null));
  const enabled = useCommandEnabled(exploreAttention);
  const ids = { layer: useId(), head: useId() };
  const open = choice !== null;
  const shape = mine?.shape ?? null;
  const report = job.phase.kind === 'done' ? job.phase.report : null;

  const wanted = open ? exploredWindows(bench) : [];
  const known = wanted.filter((index) => mine?.byWindow.has(index) === true);
  const error = mine?.error ?? null;
  // What is looked at may have changed: ask for what is not known yet. A failure waits for the person.
  const asks = known.length < wanted.length && mine?.loading !== true && error === null;
  useEffect(() => {
    if (asks) void loadAttention.effect(bench);
  }, [asks, bench]);

  const pictured = known[0];
  const attention = pictured === undefined ? undefined : mine?.byWindow.get(pictured);
  const lowAtTop = report?.model.frontEnd.input.kind === 'log-mel';

  const layers = useMemo(() => Array.from({ length: shape?.layers ?? 0 }, (_, index) => index), [shape]);
  const heads = useMemo(() => Array.from({ length: shape?.heads ?? 0 }, (_, index) => index), [shape]);

  if (!enabled && !open) return null;
  const status =
    error !== null
      ? `${errorText(error, language).title} ${errorText(error, language).advice}`
      : known.length < wanted.length
        ? text.loading(known.length, wanted.length)
        : text.ready(known.length);

  return (
    <Panel
      title={text.title}
      note={open ? <output data-testid="attention-status">{status}</output> : undefined}
      tools={
        <Button
          kind="quiet"
          icon="layers"
          label={open ? text.close : text.open}
          expanded={open}
          testId="attention-toggle"
          onPress={() => void exploreAttention.effect(bench)}
        />
      }
    >
      {choice === null ? null : (
        <div
          className={styles['body']}
          data-testid="attention"
          data-layer={choice.layer}
          data-head={choice.head}
          data-windows={known.length}
        >
          <p className={styles['detail']}>{text.detail}</p>
          {shape === null ? null : (
            <div className={styles['choices']}>
              <label htmlFor={ids.layer}>{text.layer}</label>
              <select
                id={ids.layer}
                value={choice.layer}
                data-testid="attention-layer"
                onChange={(event) =>
                  chooseAttention.effect(bench, { ...choice, layer: Number(event.currentTarget.value) })
                }
              >
                {layers.map((layer) => (
                  <option key={layer} value={layer}>
                    {layer + 1}
                  </option>
                ))}
              </select>
              <label htmlFor={ids.head}>{text.head}</label>
              <select
                id={ids.head}
                value={choice.head}
                data-testid="attention-head"
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  chooseAttention.effect(bench, {
                    ...choice,
                    head: value === 'mean' ? 'mean' : Number(value),
                  });
                }}
              >
                <option value="mean">{text.mean}</option>
                {heads.map((head) => (
                  <option key={head} value={head}>
                    {text.headName(head + 1)}
                  </option>
                ))}
              </select>
            </div>
          )}
          {shape === null || attention === undefined || pictured === undefined ? null : (
            <figure className={styles['heads']}>
              <figcaption className={styles['detail']}>
                {text.window(pictured + 1)}: {text.map(shape.layers, shape.heads)}
              </figcaption>
              {/* The two lists above are the same choice for the keyboard. */}
              <div
                className={styles['map']}
                role="presentation"
                onClick={(event) => {
                  const box = event.currentTarget.getBoundingClientRect();
                  chooseAttention.effect(bench, {
                    layer: cellAt(event.clientY - box.top, box.height, shape.layers),
                    head: cellAt(event.clientX - box.left, box.width, shape.heads),
                  });
                }}
              >
                <HeadsCanvas attention={attention} shape={shape} lowAtTop={lowAtTop} />
                <span
                  className={styles['chosen']}
                  style={{
                    top: `${(choice.layer / shape.layers) * 100}%`,
                    height: `${100 / shape.layers}%`,
                    left: choice.head === 'mean' ? 0 : `${(choice.head / shape.heads) * 100}%`,
                    width: choice.head === 'mean' ? '100%' : `${100 / shape.heads}%`,
                  }}
                />
              </div>
            </figure>
          )}
        </div>
      )}
    </Panel>
  );
}
