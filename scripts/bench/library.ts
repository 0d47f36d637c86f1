import { createLibraryIndex, everything, sortKeys, type LibraryQuery } from '#core/library/query.ts';
import { rowDistance } from '#core/library/rowDistance.ts';
import { manyLibraryRows } from '#core/testing/libraryRows.ts';
import { median, type BenchRow } from './table.ts';

const count = 100_000;
const runs = 9;
const rowsInOnePart = 1000;

function measured(name: string, task: () => void): BenchRow {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    task();
    times.push(performance.now() - start);
  }
  return { group: 'library, 100 000 rows', name, value: median(times), unit: 'ms', runs };
}

/** One change of what is asked of a large library: everything that happens before the list is drawn again. */
export function benchLibrary(): BenchRow[] {
  const rows = manyLibraryRows(count);
  const index = createLibraryIndex();
  const parts: number[] = [];
  for (let at = 0; at < count; at += rowsInOnePart) {
    const start = performance.now();
    index.update(rows.slice(at, at + rowsInOnePart), []);
    parts.push(performance.now() - start);
  }
  const byDate = { key: 'date', descending: true, like: null } as const;
  // Another row each time: distances from the same one are remembered.
  let asked = 0;
  const ask = (change: Partial<LibraryQuery>): void => {
    index.list({ ...everything, ...change }, byDate, 'en', rowDistance);
  };
  const { chosen } = everything;
  let renamed = 0;
  return [
    {
      group: 'library, 100 000 rows',
      name: 'opening: one part of 1000 rows',
      value: median(parts),
      unit: 'ms',
      runs: parts.length,
    },
    ...sortKeys.map((key) =>
      measured(`sort by ${key}`, () => {
        const like = rows[asked++]?.id ?? null;
        index.list(everything, { key, descending: false, like }, 'en', rowDistance);
      }),
    ),
    measured('search: one letter', () => ask({ text: 'd' })),
    measured('search: two words', () => ask({ text: 'night 12' })),
    measured('search: nothing found', () => ask({ text: 'no such name' })),
    measured('filter: genre, verdict and tag', () =>
      ask({ chosen: { ...chosen, genre: ['Jazz'], verdict: ['accepted'], tag: ['live'] } }),
    ),
    measured('one row changed', () => index.update([{ ...rows[7]! }], [])),
    measured('one row renamed', () => index.update([{ ...rows[7]!, name: `renamed ${renamed++}` }], [])),
  ];
}
