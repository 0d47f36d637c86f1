import { AddButtons } from '#ui/features/intake/AddButtons.tsx';
import { SampleList } from '#ui/features/intake/SampleList.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import styles from './EmptyPage.module.css';

/** Heights of the bars in the drawing, percent; a still life, not data. */
const barHeights = [
  18, 30, 24, 46, 62, 50, 78, 58, 88, 70, 96, 74, 60, 84, 66, 92, 76, 54, 68, 44, 58, 36, 48, 28, 38, 22, 30,
  16,
];

/** The page before the first file: what it is for, and the three ways in. */
export function EmptyPage() {
  const { text } = useLanguage();
  return (
    <div className={styles['page']}>
      <div className={styles['target']}>
        <svg
          className={styles['drawing']}
          viewBox="0 0 280 100"
          preserveAspectRatio="none"
          aria-hidden="true"
          focusable="false"
        >
          {barHeights.map((height, index) => (
            <rect
              key={`${index}-${height}`}
              x={index * 10 + 2.5}
              y={(100 - height) / 2}
              width={5}
              height={height}
              rx={2.5}
            />
          ))}
        </svg>
        <h2 className={styles['title']}>{text.intake.title}</h2>
        <p className={styles['hint']}>{text.intake.hint}</p>
        <AddButtons size="large" />
        <p className={styles['formats']}>{text.intake.formats}</p>
      </div>
      <SampleList />
      <ul className={styles['promises']}>
        {text.intake.promises.map((promise) => (
          <li key={promise.title}>
            <h3>{promise.title}</h3>
            <p>{promise.text}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}
