import styles from './FileName.module.css';

const tailLength = 12;

// Made once: a list that scrolls shows hundreds of names a second.
const segmenter = new Intl.Segmenter();
const plain = /^[ -~]*$/;

/** Characters as people see them: an emoji or an accented letter is never cut in two. */
function graphemes(text: string): string[] {
  if (plain.test(text)) return text.split('');
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/**
 * A file name as text, in any script. What does not fit is left out in the middle, so that the end stays readable. The
 * whole name is in the tooltip, and in one piece for screen readers, which would stumble over the two halves.
 */
export function FileName({ name }: { readonly name: string }) {
  const characters = graphemes(name);
  // A head of a letter or two would stand apart from its tail.
  if (characters.length <= tailLength + 3) {
    return (
      <bdi className={styles['name']} title={name} dir="auto">
        {name}
      </bdi>
    );
  }
  const cut = characters.length - tailLength;
  return (
    <bdi className={styles['name']} title={name} dir="auto">
      <span className="visually-hidden">{name}</span>
      <span className={styles['head']} aria-hidden="true">
        {characters.slice(0, cut).join('')}
      </span>
      <span className={styles['tail']} aria-hidden="true">
        {characters.slice(cut).join('')}
      </span>
    </bdi>
  );
}
