import type { ModelLabel } from '#core/model/manifest.ts';

/**
 * A genre's name for people, with ` *` where the label is experimental: the mark goes wherever the name goes. An id that
 * the model does not know is shown as it is.
 */
export function markedLabel(labels: readonly ModelLabel[], id: string, language: 'en' | 'zh'): string {
  const label = labels.find((candidate) => candidate.id === id);
  if (label === undefined) return id;
  return label.experimental ? `${label[language]} *` : label[language];
}
