import { noReview, type LibraryRow } from '#core/library/record.ts';

const genreNames: Readonly<Record<string, { readonly en: string; readonly zh: string }>> = {
  Jazz: { en: 'Jazz', zh: '爵士' },
  Folk: { en: 'Folk', zh: '民谣' },
  Rock: { en: 'Rock', zh: '摇滚' },
  Soul_RnB: { en: 'Soul / RnB', zh: '灵魂乐' },
};

/** A row of a library, for tests; `id` decides nothing but itself. */
export function libraryRow(id: string, given: Partial<LibraryRow> = {}): LibraryRow {
  return {
    id,
    audioSha256: 'ab'.repeat(32),
    modelId: 'tiny',
    modelSha256: 'cd'.repeat(32),
    name: `${id}.wav`,
    durationSeconds: 100,
    createdAt: '2026-01-02T03:04:05.000Z',
    addedAt: '2026-01-02T03:04:06.000Z',
    top: [
      { genre: 'Jazz', probability: 0.6 },
      { genre: 'Folk', probability: 0.3 },
    ],
    probabilities: Float32Array.of(0.6, 0.3, 0.1, 0),
    ambiguous: false,
    notMusic: false,
    experimental: [],
    names: genreNames,
    review: noReview,
    hasThumbnail: false,
    ...given,
  };
}

const stems = [
  'night drive',
  'Evensong',
  '录音',
  '夜航',
  'Straße nach',
  'island noon',
  'demo take',
  'Ｆｕｌｌ',
];
/** Rows of one model share the text of its hash, as the decoder of rows makes them. */
const models = ['cd'.repeat(32), 'ef'.repeat(32)] as const;
const tags = ['live', 'to check', '现场', 'remix', 'archive'];

/** Rows as a working library has them, the same for the same number; for benchmarks and large lists. */
export function manyLibraryRows(count: number): LibraryRow[] {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const genres = Object.keys(genreNames);
  const start = Date.parse('2025-01-01T00:00:00.000Z');
  return Array.from({ length: count }, (_, index) => {
    const first = 0.3 + 0.6 * random();
    const best = Math.floor(random() * genres.length);
    const probabilities = genres.map((_, genre) => (genre === best ? first : (1 - first) / 3));
    const createdAt = new Date(start + Math.floor(random() * 31e9)).toISOString();
    const verdict = random();
    return libraryRow(`record-${index}`, {
      name: `${stems[Math.floor(random() * stems.length)]} ${Math.floor(random() * count)}.wav`,
      modelSha256: random() < 0.8 ? models[0] : models[1],
      durationSeconds: 20 + 600 * random(),
      createdAt,
      addedAt: createdAt,
      top: genres
        .map((genre, at) => ({ genre, probability: probabilities[at] ?? 0 }))
        .toSorted((a, b) => b.probability - a.probability),
      probabilities: Float32Array.from(probabilities),
      ambiguous: first < 0.45,
      notMusic: random() < 0.03,
      review: {
        verdict:
          verdict < 0.4
            ? { kind: 'accepted' }
            : verdict < 0.5
              ? { kind: 'unsure' }
              : verdict < 0.6
                ? { kind: 'corrected', genre: genres[Math.floor(random() * genres.length)] ?? 'Jazz' }
                : { kind: 'none' },
        note: random() < 0.1 ? `note ${index}` : '',
        tags: tags.filter(() => random() < 0.1),
        reviewedAt: null,
      },
    });
  });
}
