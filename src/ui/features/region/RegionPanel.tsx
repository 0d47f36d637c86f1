import { useMemo } from 'react';
import { errorText } from '#core/errorText.ts';
import { regionShare } from '#core/explain/regionShare.ts';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import { markedLabel } from '#core/model/labels.ts';
import { topK } from '#core/model/predictions.ts';
import { formatClock } from '#core/render/axes.ts';
import { hearBand, loopRegion } from '#state/actions/playerActions.ts';
import { analyseRegion, setRegion } from '#state/actions/regionActions.ts';
import { preparedOf, type Job } from '#state/jobs.ts';
import { Button } from '#ui/components/Button.tsx';
import { Panel } from '#ui/components/Panel.tsx';
import { ShareBars } from '#ui/components/ShareBars.tsx';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { regionTexts } from '#ui/features/region/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './RegionPanel.module.css';

/** What is known about the selected box of the picture: where it is, its share of the overlay, its own genres. */
export function RegionPanel({ job }: { readonly job: Job }) {
  const { bench } = useWorkbench();
  const { language, format } = useLanguage();
  const text = useTexts(regionTexts);
  const region = useView((state) => state.region);
  const result = useView((state) => state.regionResult);
  const report = job.phase.kind === 'done' ? job.phase.report : null;
  const nFrames = preparedOf(job.phase)?.logMel.nFrames ?? 0;
  const shown = region !== null;

  // Laid out only while there is a box: a long track has a million values.
  const map = useMemo(
    () =>
      shown && report !== null && nFrames > 0 ? layOutRollout(report.windows, report.model, nFrames) : null,
    [shown, report, nFrames],
  );
  const share = useMemo(() => {
    if (map === null || region === null || report === null) return null;
    const { hopLength, sampleRate } = report.model.frontEnd;
    return regionShare(map, hopLength / sampleRate, region);
  }, [map, region, report]);

  if (region === null) return null;
  const hertz = (value: number): string =>
    value < 1000 ? `${format.integer(value)} Hz` : `${format.decimal(value / 1000, 2)} kHz`;
  const where = `${text.stretch(formatClock(region.startSeconds, 0.1), formatClock(region.endSeconds, 0.1))}  ·  ${text.stretch(hertz(region.lowHz), hertz(region.highHz))}`;

  return (
    <Panel
      title={text.title}
      note={<span data-testid="region-place">{where}</span>}
      tools={
        <>
          <CommandButton command={analyseRegion} kind="plain" />
          <CommandButton command={loopRegion} kind="quiet" testId="region-loop" />
          <CommandButton command={hearBand} kind="quiet" testId="region-band" />
          <Button
            kind="quiet"
            icon="close"
            label={text.clear}
            onPress={() => setRegion.effect(bench, null)}
          />
        </>
      }
    >
      <div
        className={styles['body']}
        data-testid="region"
        data-start={region.startSeconds}
        data-end={region.endSeconds}
        data-low={region.lowHz}
        data-high={region.highHz}
        data-result={result.kind}
      >
        {share === null ? null : (
          <p
            className={styles['line']}
            data-testid="region-share"
            data-share={share.attention}
            data-area={share.area}
          >
            {share.area > 0
              ? text.share(
                  format.percentShort(share.attention),
                  format.decimal(share.attention / share.area, 1),
                )
              : text.noShare}
          </p>
        )}
        {nFrames === 0 && report !== null ? <p className={styles['line']}>{text.noPicture}</p> : null}
        <output className={styles['status']}>
          {result.kind === 'running' ? <span className={styles['line']}>{text.running}</span> : null}
          {result.kind === 'failed' ? (
            <span className={styles['failed']}>
              {errorText(result.error, language).title} {errorText(result.error, language).advice}
            </span>
          ) : null}
        </output>
        {result.kind === 'done' ? (
          <div className={styles['result']}>
            <h4 className={styles['heading']}>{text.result(result.windows, result.model.id)}</h4>
            <ShareBars
              label={text.result(result.windows, result.model.id)}
              testId="region-prediction"
              bars={topK(result.track.predictions, 5).map(({ genre, probability }) => ({
                key: genre,
                label: markedLabel(result.model.labels, genre, language),
                share: probability,
                value: format.percentExact(probability),
              }))}
            />
          </div>
        ) : null}
      </div>
    </Panel>
  );
}
