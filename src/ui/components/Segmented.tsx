import { useId } from 'react';
import { Icon, type IconName } from '#ui/components/Icon.tsx';
import styles from './Segmented.module.css';

interface SegmentedProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly {
    readonly value: Value;
    readonly label: string;
    readonly icon?: IconName;
    /** The language of the label, where it is not the page's. */
    readonly lang?: string;
    /** Cannot be chosen now; said in the tooltip of the option where there is one. */
    readonly disabled?: boolean;
    readonly title?: string;
  }[];
  readonly onChange: (value: Value) => void;
}

/** A choice of a few, drawn as one control; radio buttons underneath, so the keyboard works as everywhere. */
export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  const group = useId();
  return (
    <fieldset className={styles['group']}>
      <legend className="visually-hidden">{props.label}</legend>
      {props.options.map((option) => (
        <label
          key={option.value}
          className={styles['option']}
          title={option.title ?? option.label}
          lang={option.lang}
        >
          <input
            type="radio"
            name={group}
            className="visually-hidden"
            value={option.value}
            disabled={option.disabled}
            checked={option.value === props.value}
            onChange={() => props.onChange(option.value)}
          />
          {option.icon === undefined ? (
            <span>{option.label}</span>
          ) : (
            <>
              <Icon name={option.icon} />
              <span className="visually-hidden">{option.label}</span>
            </>
          )}
        </label>
      ))}
    </fieldset>
  );
}
