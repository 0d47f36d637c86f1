import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noReview, type Review } from '#core/library/record.ts';
import {
  type CardItem,
  type CardOptions,
  cardPlaces,
  type CardScene,
  layOutCard,
  type MeasureText,
} from '#core/render/card.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { reportOf } from '#core/testing/report.ts';
import { windowsOf } from '#core/testing/windows.ts';

/** Wider than any font: a full em for wide scripts, most of one for the rest. */
const measure: MeasureText = (text, size, weight) =>
  Array.from(new Intl.Segmenter().segment(text)).reduce(
    (sum, { segment }) =>
      sum +
      size *
        (/[\u1100-\uffef]|\p{Emoji_Presentation}/u.test(segment) ? 1 : 0.56) *
        (weight === 600 ? 1.04 : 1),
    0,
  );

const options: CardOptions = {
  language: 'en',
  theme: 'light',
  review: noReview,
  overlayOpacity: 0.6,
  overlayScaleMax: 5.4,
  durationSeconds: 20,
  spectrogramColor: () => [0, 0, 0],
  notes: [],
  measure,
};

const review: Review = {
  verdict: { kind: 'corrected', genre: 'Folk' },
  note: 'A note.',
  tags: ['live', '现场'],
  reviewedAt: '2026-02-03T04:05:06.000Z',
};

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function boxOf(item: CardItem): Box {
  if (item.kind !== 'text')
    return { left: item.x, top: item.y, right: item.x + item.width, bottom: item.y + item.height };
  const width = measure(item.text, item.size, item.weight);
  const left = item.align === 'left' ? item.x : item.align === 'right' ? item.x - width : item.x - width / 2;
  // Noto Sans SC: capitals and Chinese reach 0.88 em over the baseline, descenders 0.25 em under it.
  return { left, top: item.y - 0.88 * item.size, right: left + width, bottom: item.y + 0.25 * item.size };
}

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

function expectTidy({ width, height, items }: CardScene): void {
  const boxes = items.map((item) => ({ item, box: boxOf(item) }));
  for (const { item, box } of boxes) {
    expect(box.left, JSON.stringify(item)).toBeGreaterThanOrEqual(0);
    expect(box.top, JSON.stringify(item)).toBeGreaterThanOrEqual(0);
    expect(box.right, JSON.stringify(item)).toBeLessThanOrEqual(width);
    expect(box.bottom, JSON.stringify(item)).toBeLessThanOrEqual(height);
  }
  const texts = boxes.filter(({ item }) => item.kind === 'text');
  const pictures = boxes.filter(({ item }) => ['tiles', 'ribbon', 'ramp'].includes(item.kind));
  for (const [at, one] of texts.entries()) {
    for (const other of [...texts.slice(at + 1), ...pictures])
      expect(
        overlap(one.box, other.box),
        `${JSON.stringify(one.item)} and ${JSON.stringify(other.item)}`,
      ).toBe(false);
    const { panel } = cardPlaces;
    const panelBox = {
      left: panel.x,
      top: panel.y,
      right: panel.x + panel.width,
      bottom: panel.y + panel.height,
    };
    if (overlap(one.box, panelBox))
      expect(
        one.box.left >= panelBox.left && one.box.right <= panelBox.right && one.box.bottom <= panelBox.bottom,
        JSON.stringify(one.item),
      ).toBe(true);
  }
}

const textsOf = (scene: CardScene): string[] =>
  scene.items.flatMap((item) => (item.kind === 'text' ? [item.text] : []));

const named = (name: string): AnalysisReport => {
  const report = reportOf();
  return { ...report, file: { ...report.file, name } };
};

const names: readonly [string, string][] = [
  ['short', 'a.mp3'],
  ['long', `${'a rather long name '.repeat(30)}end.mp3`],
  ['Chinese', `${'很长的名字'.repeat(60)}.flac`],
  ['Arabic', `${'أغنية طويلة جدا '.repeat(30)}.mp3`],
  ['emoji', `${'👩‍👩‍👧‍👦🎷'.repeat(80)}.wav`],
  ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)>.mp3'],
  ['without a place to break', 'x'.repeat(5000)],
];

describe('layOutCard', () => {
  it.each(names)('a %s name: nothing overlaps and nothing leaves the card', (_, name) => {
    for (const language of ['en', 'zh'] as const)
      expectTidy(
        layOutCard(named(name), {
          ...options,
          language,
          review: { ...review, note: name.slice(0, 2000), tags: [name.slice(0, 60).trim()] },
          notes: [name, 'second', 'third'],
        }),
      );
  });

  it('a name of any characters: the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.boolean(), (name, isDark) => {
        expectTidy(
          layOutCard(named(name), {
            ...options,
            theme: isDark ? 'dark' : 'light',
            review: { ...review, note: name },
          }),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('keeps both ends of a long name', () => {
    const [title] = textsOf(layOutCard(named(`begin ${'x'.repeat(400)} take 2.flac`), options));
    expect(title).toMatch(/^begin x+…x+ take 2\.flac$/);
  });

  it('shows markup as text and lets no mark of direction through', () => {
    const [markup] = textsOf(layOutCard(named('<b>bold</b>.mp3'), options));
    expect(markup).toBe('<b>bold</b>.mp3');
    const [turned] = textsOf(layOutCard(named('photo\u202Egpj.mp3\nsecond line'), options));
    expect(turned).toBe('photogpj.mp3 second line');
  });

  it('says the five genres with two decimals, with the mark of experimental labels', () => {
    const texts = textsOf(layOutCard(reportOf(), { ...options, language: 'zh' }));
    expect(texts).toContain('爵士');
    expect(texts).toContain('民谣 *');
    expect(texts).toContain('50.00 %');
    expect(texts).toContain('* 实验性标签：依据较少');
  });

  it('says how many windows agree, and when a result is ambiguous or no music', () => {
    expect(textsOf(layOutCard(reportOf(), options))).toEqual(
      expect.arrayContaining(['Mean of 3 windows, 2 of 3 agree', 'Ambiguous: the two best are close']),
    );
    const noisy = reportOf({
      windows: windowsOf([{ Jazz: 1 }]).map((window) => ({ ...window, noise: true })),
      track: { predictions: [{ genre: 'Jazz', probability: 1 }], agreement: 1, vote: [] },
    });
    const texts = textsOf(layOutCard(noisy, options));
    expect(texts.join(' ')).toContain('Looks like silence or noise rather than music');
    expect(texts.some((text) => text.startsWith('Ambiguous'))).toBe(false);
    expectTidy(layOutCard(noisy, options));
  });

  it('everything that can be said of a result at once has room', () => {
    const worst = reportOf({
      windows: windowsOf([{ Jazz: 1 }, { Folk: 1 }, { Rock: 1 }]).map((window) => ({
        ...window,
        noise: true,
      })),
      track: { ...reportOf().track, agreement: 1 / 3 },
    });
    for (const language of ['en', 'zh'] as const)
      expectTidy(layOutCard(worst, { ...options, language, review }));
  });

  it('carries the verdict, the note and the tags', () => {
    const texts = textsOf(layOutCard(reportOf(), { ...options, review }));
    expect(texts).toEqual(
      expect.arrayContaining([
        'Verdict: corrected to Folk *  ·  reviewed 2026-02-03T04:05:06.000Z',
        'Note: A note.',
        'Tags: live · 现场',
      ]),
    );
    const none = textsOf(layOutCard(reportOf(), options));
    expect(none.some((text) => /Verdict|Note|Tags/.test(text))).toBe(false);
  });

  it('a note of thousands of characters takes four lines and says that there is more', () => {
    const note = 'word '.repeat(400).trim();
    const lines = textsOf(layOutCard(reportOf(), { ...options, review: { ...review, note } })).filter(
      (text) => /^(Note: )?word/.test(text),
    );
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toMatch(/…$/);
  });

  it('proves itself: hashes, model, settings, backend, program and time', () => {
    const text = textsOf(layOutCard(reportOf(), options)).join('\n');
    for (const proof of [
      'ab'.repeat(32),
      'cd'.repeat(32),
      'test-model 1.0.0',
      'temperature 1.25',
      'WASM, 2 threads, int8',
      '2026-01-02T03:04:05.000Z',
      'AcousticSense AI 0.1.0',
    ])
      expect(text).toContain(proof);
  });

  it('says the descriptors that are known, and none where there are none', () => {
    const text = textsOf(layOutCard(reportOf(), options)).join(' ').replaceAll('\u00a0', ' ');
    expect(text).toContain('Tempo 120.0 BPM');
    expect(text).toContain('Flatness 0.000012');
    expect(text).toContain('Percussive to harmonic −3.2 dB');
    expect(textsOf(layOutCard(reportOf({ descriptors: null }), options)).join()).not.toContain('Tempo');
  });

  it('asks for nothing but its input: twice the same items', () => {
    expect(layOutCard(reportOf(), options)).toEqual(layOutCard(reportOf(), options));
  });

  it('without an overlay there is neither the layer nor its legend', () => {
    const scene = layOutCard(reportOf(), { ...options, overlayOpacity: 0 });
    expect(scene.items.filter((item) => item.kind === 'tiles')).toHaveLength(1);
    expect(scene.items.filter((item) => item.kind === 'ramp')).toHaveLength(1);
  });
});
