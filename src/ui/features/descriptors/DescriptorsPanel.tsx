import { descriptorNames, type DescriptorName } from '#core/descriptors/trackDescriptors.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { Panel } from '#ui/components/Panel.tsx';
import { descriptorRanges, digitsFor, placeInRange } from '#ui/features/descriptors/ranges.ts';
import { descriptorsTexts } from '#ui/features/descriptors/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import styles from './DescriptorsPanel.module.css';

/** The descriptors of a track, each with its meaning and unit. */
export function DescriptorsPanel({ report }: { readonly report: AnalysisReport }) {
  const text = useTexts(descriptorsTexts);
  const { descriptors } = report;
  return (
    <Panel title={text.title}>
      {descriptors === null ? (
        <p className={styles['meaning']} data-testid="no-descriptors">
          {text.none}
        </p>
      ) : (
        <>
          <ul className={styles['list']}>
            {descriptorNames.map((name) => (
              <Descriptor key={name} name={name} value={descriptors[name]} />
            ))}
          </ul>
          <p className={styles['legend']}>{text.legend}</p>
        </>
      )}
    </Panel>
  );
}

function Descriptor({ name, value }: { readonly name: DescriptorName; readonly value: number | null }) {
  const text = useTexts(descriptorsTexts);
  const { format } = useLanguage();
  const range = descriptorRanges[name];
  const unit = text.units[name];
  const shown = (figure: number): string => format.decimal(figure, digitsFor(figure, range));
  return (
    <li
      className={styles['descriptor']}
      data-testid="descriptor"
      data-name={name}
      data-value={value === null ? '' : value}
    >
      <span className={styles['name']}>{text.names[name]}</span>
      <span className={styles['value']}>
        {value === null ? (
          <span className={styles['missing']}>—</span>
        ) : (
          <>
            {shown(value)}
            {unit === '' ? null : <span className={styles['unit']}> {unit}</span>}
          </>
        )}
      </span>
      <span className={styles['meaning']}>{value === null ? text.reasons[name] : text.meanings[name]}</span>
      <span className={styles['place']}>
        {value === null ? null : (
          <RangeBar
            place={placeInRange(value, range)}
            from={placeInRange(range.usual[0], range)}
            to={placeInRange(range.usual[1], range)}
            label={text.usual(shown(range.usual[0]), `${shown(range.usual[1])} ${unit}`.trim())}
          />
        )}
      </span>
    </li>
  );
}

interface RangeBarProps {
  /** Where the value and the ends of the usual range stand, 0 to 1. */
  readonly place: number;
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

const percent = (ratio: number): string => `${(100 * ratio).toFixed(2)}%`;

function RangeBar({ place, from, to, label }: RangeBarProps) {
  return (
    <span className={styles['bar']} title={label}>
      <span className="visually-hidden">{label}</span>
      <span
        className={styles['usual']}
        style={{ insetInlineStart: percent(from), inlineSize: percent(to - from) }}
      />
      <span className={styles['mark']} style={{ insetInlineStart: percent(place) }} />
    </span>
  );
}
