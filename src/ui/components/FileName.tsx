import styles from './FileName.module.css';

const tailLength = 12;

/** Characters as people see them: an emoji or an accented letter is never cut in two. */
function graphemes(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), (part) => part.segment);
}

/**
 * A file name as text, in any script. What does not fit is left out in the middle, so that the end stays readable; the
 * whole name is in the tooltip and, as text, in the page.
 */
export function FileName({ name }: { readonly name: string }) {
  const characters = graphemes(name);
  const cut = Math.max(0, characters.length - tailLength);
  return (
    <bdi className={styles['name']} title={name} dir="auto">
      {cut > 0 ? <span className={styles['head']}>{characters.slice(0, cut).join('')}</span> : null}
      <span className={styles['tail']}>{characters.slice(cut).join('')}</span>
    </bdi>
  );
}
