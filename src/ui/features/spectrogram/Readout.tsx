import { formatClock } from '#core/render/axes.ts';
import { bandOfHertz } from '#core/render/melAxis.ts';
import { nearestNote } from '#core/render/notes.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { PictureExtent } from '#state/viewport.ts';
import { spectrogramTexts } from '#ui/features/spectrogram/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useView } from '#ui/WorkbenchContext.tsx';
import styles from './Readout.module.css';

interface ReadoutProps {
  readonly prepared: PreparedTrack;
  readonly extent: PictureExtent;
  readonly frontEnd: FrontEnd;
}

const signed = (value: number): string => (value < 0 ? `−${-value}` : `+${value}`);

/** Time, frequency, note and level under the pointer or the keyboard cursor. The place is always kept: nothing jumps. */
export function Readout({ prepared, extent, frontEnd }: ReadoutProps) {
  const text = useTexts(spectrogramTexts);
  const { format } = useLanguage();
  const cursor = useView((state) => state.cursor);
  const span = useView((state) =>
    state.viewport === null
      ? extent.durationSeconds
      : state.viewport.endSeconds - state.viewport.startSeconds,
  );
  if (cursor === null) return <p className={styles['hint']}>{text.hover}</p>;
  const { logMel, picture } = prepared;
  const frame = Math.max(
    0,
    Math.min(logMel.nFrames - 1, Math.floor(cursor.seconds / extent.secondsPerFrame)),
  );
  const { hertz } = cursor;
  const band =
    hertz === null ? null : Math.max(0, Math.min(logMel.nMels - 1, Math.floor(bandOfHertz(hertz, frontEnd))));
  const db = band === null ? null : (logMel.values[band * logMel.nFrames + frame] ?? 0) - picture.maximumDb;
  const note = hertz === null ? null : nearestNote(hertz);
  return (
    <output
      className={styles['readout']}
      data-testid="readout"
      data-seconds={cursor.seconds}
      data-hertz={hertz ?? ''}
      data-db={db ?? ''}
      data-note={note?.name ?? ''}
      data-cents={note?.cents ?? ''}
    >
      <span className={styles['time']}>{formatClock(cursor.seconds, span < 60 ? 0.001 : 0.1)}</span>
      {hertz === null ? null : (
        <>
          <span className={styles['hertz']}>{format.integer(hertz)} Hz</span>
          {note === null ? null : (
            <span className={styles['note']}>
              {note.name} {text.cents(signed(note.cents))}
            </span>
          )}
          <span className={styles['level']}>
            {text.decibels(format.decimal(db ?? 0, 1).replace('-', '−'))}
          </span>
        </>
      )}
    </output>
  );
}
