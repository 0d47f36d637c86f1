import { expect, it } from 'vitest';
import { markedLabel } from '#core/model/labels.ts';
import { testManifest } from '#core/testing/manifest.ts';

it('names a genre in either language, and marks what is experimental', () => {
  const { labels } = testManifest;
  expect(markedLabel(labels, 'Jazz', 'zh')).toBe('爵士');
  expect(markedLabel(labels, 'R&B', 'en')).toBe('R&B *');
  expect(markedLabel(labels, 'R&B', 'zh')).toBe('节奏布鲁斯 *');
  expect(markedLabel(labels, 'Polka', 'en')).toBe('Polka');
});
