import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { noReview } from '#core/library/record.ts';
import { colormaps } from '#core/render/colormaps.ts';
import type { ExportChoice } from '#core/report/exportChoice.ts';
import { readCsv } from '#core/testing/readCsv.ts';
import { testReport } from '#core/testing/reports.ts';
import type { DocumentInput, DocumentLook, FinishedExport } from '#workers/exports/api.ts';
import { createExportWriter } from '#workers/exports/exportWriter.ts';

const look: DocumentLook = {
  language: 'en',
  palette: colormaps.magma,
  floorDb: -80,
  ceilingDb: 0,
  overlayOpacity: 0.6,
};
const all: ExportChoice = {
  formats: ['csv', 'json', 'jsonl', 'audacity', 'raven', 'pdf'],
  language: 'en',
  byteOrderMark: true,
  windowsTable: true,
};
const input = (name: string): DocumentInput => ({
  report: testReport(['Jazz', 'R&B'], name),
  review: noReview,
  spectrogram: null,
  thumbnail: null,
});
const pdf = new TextEncoder().encode('%PDF-1.7 not a real one');

async function written(choice: ExportChoice, names: readonly string[]): Promise<FinishedExport> {
  const writer = createExportWriter(
    choice,
    look,
    new Uint8Array(1),
    async () => async (results, _, __, onPage) => {
      for (const at of results.keys()) onPage?.(at + 1, results.length);
      return pdf;
    },
  );
  for (const name of names) writer.add(input(name));
  const result = await writer.finish(() => undefined);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const unzipped = async (blob: Blob): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(unzipSync(new Uint8Array(await blob.arrayBuffer()))).map(([name, bytes]) => [
      name,
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
    ]),
  );

describe('createExportWriter', () => {
  it('gives one file as it is, named after the audio', async () => {
    const { blob, fileName } = await written({ ...all, formats: ['csv'], windowsTable: false }, ['夜曲.wav']);
    expect(fileName).toBe('夜曲.wav.csv');
    expect(blob.type).toBe('text/csv');
    const bytes = new Uint8Array(await blob.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(readCsv((await blob.text()).replace('\ufeff', ''))[1]![0]).toBe('夜曲.wav');
  });

  it('gives several in a zip, each under a name of its own', async () => {
    const { blob, fileName } = await written(all, ['a.wav', 'a.wav', '../b.wav']);
    expect(fileName).toBe('acousticsense-results.zip');
    const files = await unzipped(blob);
    expect(Object.keys(files).toSorted()).toEqual(
      [
        'acousticsense-results.csv',
        'acousticsense-results.windows.csv',
        'acousticsense-results.json',
        'acousticsense-results.jsonl',
        'acousticsense-results.pdf',
        'a.wav.labels.txt',
        'a.wav (2).labels.txt',
        '__b.wav.labels.txt',
        'a.wav.selections.txt',
        'a.wav (2).selections.txt',
        '__b.wav.selections.txt',
      ].toSorted(),
    );
    expect(readCsv(files['acousticsense-results.csv']!)).toHaveLength(4);
    expect(readCsv(files['acousticsense-results.windows.csv']!)).toHaveLength(7);
    expect((JSON.parse(files['acousticsense-results.json']!) as { results: unknown[] }).results).toHaveLength(
      3,
    );
    expect(files['acousticsense-results.jsonl']!.trimEnd().split('\n')).toHaveLength(3);
    expect(files['acousticsense-results.pdf']).toContain('%PDF');
    expect(files['a.wav.labels.txt']!.split('\n')[0]).toMatch(/^0\.000000\t\d+\.\d{6}\tJazz 0\.700$/u);
  });

  it('is the same file for the same results', async () => {
    const [first, second] = await Promise.all([written(all, ['a', 'b']), written(all, ['a', 'b'])]);
    expect(new Uint8Array(await first.blob.arrayBuffer())).toEqual(
      new Uint8Array(await second.blob.arrayBuffer()),
    );
  });
});
