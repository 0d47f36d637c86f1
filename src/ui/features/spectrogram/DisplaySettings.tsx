import { colormapNames } from '#core/render/colormaps.ts';
import {
  resetContrast,
  setColormap,
  setContrast,
  setOverlayStyle,
  setOverlayThreshold,
  toggleOctaveNotes,
} from '#state/actions/viewActions.ts';
import { Button } from '#ui/components/Button.tsx';
import { Segmented } from '#ui/components/Segmented.tsx';
import { spectrogramTexts } from '#ui/features/spectrogram/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './DisplaySettings.module.css';

const decibels = (db: number): string => `${db < 0 ? `−${-db}` : db} dB`;

/** Colours, contrast, style of the overlay and notes of the axis. */
export function DisplaySettings({ id }: { readonly id: string }) {
  const { bench } = useWorkbench();
  const text = useTexts(spectrogramTexts);
  const { format } = useLanguage();
  const colormap = useSettings((state) => state.colormap);
  const floorDb = useSettings((state) => state.floorDb);
  const ceilingDb = useSettings((state) => state.ceilingDb);
  const style = useSettings((state) => state.overlayStyle);
  const threshold = useSettings((state) => state.overlayThreshold);
  const notes = useSettings((state) => state.octaveNotes);
  const changed = useSettings((state) => state.floorDb !== -80 || state.ceilingDb !== 0);

  return (
    <fieldset id={id} className={styles['settings']} data-testid="display-settings">
      <legend className="visually-hidden">{text.display}</legend>
      <div className={styles['row']}>
        <span className={styles['label']}>{text.colours}</span>
        <Segmented
          label={text.colours}
          value={colormap}
          options={colormapNames.map((name) => ({ value: name, label: text.colormap[name] }))}
          onChange={(name) => setColormap.effect(bench, name)}
        />
      </div>
      <div className={`${styles['row']} ${styles['together']}`}>
        <span className={styles['label']}>{text.contrast}</span>
        <output className={styles['end']}>{decibels(floorDb)}</output>
        <span className={styles['range']}>
          <span
            className={styles['between']}
            style={{
              left: `${((floorDb + 120) / 120) * 100}%`,
              right: `${(-ceilingDb / 120) * 100}%`,
            }}
          />
          <input
            type="range"
            min={-120}
            max={0}
            step={1}
            value={floorDb}
            aria-label={text.floor}
            aria-valuetext={decibels(floorDb)}
            onChange={(event) => setContrast.effect(bench, 'floorDb', Number(event.currentTarget.value))}
            data-testid="contrast-floor"
          />
          <input
            type="range"
            min={-120}
            max={0}
            step={1}
            value={ceilingDb}
            aria-label={text.ceiling}
            aria-valuetext={decibels(ceilingDb)}
            onChange={(event) => setContrast.effect(bench, 'ceilingDb', Number(event.currentTarget.value))}
            data-testid="contrast-ceiling"
          />
        </span>
        <output className={styles['end']}>{decibels(ceilingDb)}</output>
        <Button
          kind="quiet"
          icon="retry"
          iconOnly
          label={text.commands.resetContrast}
          disabled={!changed}
          onPress={() => void resetContrast.effect(bench)}
          testId="contrast-reset"
        />
      </div>
      <div className={styles['row']}>
        <span className={styles['label']}>{text.overlayStyle}</span>
        <Segmented
          label={text.overlayStyle}
          value={style}
          options={(['fill', 'contour'] as const).map((value) => ({ value, label: text.style[value] }))}
          onChange={(value) => setOverlayStyle.effect(bench, value)}
        />
        <label className={styles['threshold']}>
          <span>{text.threshold}</span>
          <input
            type="range"
            min={0}
            max={5}
            step={0.1}
            value={threshold}
            aria-label={text.thresholdName}
            aria-valuetext={text.thresholdValue(format.decimal(threshold, 1))}
            onChange={(event) => setOverlayThreshold.effect(bench, Number(event.currentTarget.value))}
            data-testid="overlay-threshold"
          />
          <output className={styles['end']}>{format.decimal(threshold, 1)}×</output>
        </label>
      </div>
      <label className={styles['check']}>
        <input
          type="checkbox"
          checked={notes}
          onChange={() => void toggleOctaveNotes.effect(bench)}
          data-testid="octave-notes"
        />
        {text.octaveNotes}
      </label>
    </fieldset>
  );
}
