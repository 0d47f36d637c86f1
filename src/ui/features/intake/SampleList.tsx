import { useEffect, useState } from 'react';
import { addFiles } from '#state/actions/jobActions.ts';
import { Button } from '#ui/components/Button.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useWorkbench, type Sample } from '#ui/WorkbenchContext.tsx';
import styles from './SampleList.module.css';

/** A few seconds of made music each, for those who come without a file. */
export function SampleList() {
  const { bench, host } = useWorkbench();
  const { text, language, format } = useLanguage();
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    let gone = false;
    const load = async (): Promise<void> => {
      const found = await host.samples();
      if (!gone) setSamples(found);
    };
    void load();
    return () => {
      gone = true;
    };
  }, [host]);

  const tryOne = async (sample: Sample): Promise<void> => {
    const file = await host.fetchSample(sample);
    setFailed(file === null);
    if (file !== null) addFiles.effect(bench, [file]);
  };

  if (samples.length === 0) return null;
  return (
    <section className={styles['samples']} aria-label={text.intake.sample}>
      <h2 className={styles['title']}>{text.intake.sample}</h2>
      <ul className={styles['list']}>
        {samples.map((sample) => (
          <li key={sample.file}>
            <Button icon="wave" label={sample.title[language]} onPress={() => void tryOne(sample)}>
              <span className={styles['length']}>{format.integer(sample.seconds)} s</span>
            </Button>
          </li>
        ))}
      </ul>
      <output className={styles['failed']}>{failed ? text.intake.sampleFailed : ''}</output>
    </section>
  );
}
