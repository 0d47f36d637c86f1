import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noReview } from '#core/library/record.ts';
import { parseReportValue } from '#core/report/parseReport.ts';
import { resultDocument, resultJsonLine, resultsJson, resultSchemaId } from '#core/report/resultsJson.ts';
import { reportArbitrary, reviewArbitrary, testReport } from '#core/testing/reports.ts';

type Json = Record<string, unknown>;
const schema = JSON.parse(
  readFileSync(
    new URL('../../../public/schemas/acousticsense-result-2.schema.json', import.meta.url),
    'utf8',
  ),
) as Json;
const validate = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema);

/** The result with the value at `path` changed; undefined removes it. */
function changed(path: readonly (string | number)[], value: unknown): Json {
  const document = JSON.parse(
    JSON.stringify(resultDocument({ report: testReport(['Jazz', null]), review: noReview })),
  ) as Json;
  const parent = path.slice(0, -1).reduce<Json>((node, key) => node[key] as Json, document);
  if (value === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
  return document;
}

describe('JSON exports', () => {
  it('follow the published schema, whatever the report', () => {
    expect(schema['$id']).toBe(resultSchemaId);
    fc.assert(
      fc.property(
        reportArbitrary.chain((report) =>
          reviewArbitrary(report.model.labels).map((review) => ({ report, review })),
        ),
        (result) => {
          const results = [result, { report: testReport(), review: noReview }];
          const { head, between, tail } = resultsJson;
          const json = head + results.map(resultsJson.result).join(between) + tail;
          expect(validate(JSON.parse(json)), JSON.stringify(validate.errors)).toBe(true);
          const lines = results.map(resultJsonLine).join('').split('\n');
          expect(lines.pop()).toBe('');
          expect(lines).toHaveLength(2);
          for (const line of lines)
            expect(validate(JSON.parse(line)), JSON.stringify(validate.errors)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each<[string, readonly (string | number)[], unknown]>([
    ['a probability over 1', ['report', 'track', 'predictions', 0, 'probability'], 1.5],
    ['a hash that is none', ['report', 'file', 'sha256'], 'XYZ'],
    ['a field that is missing', ['report', 'createdAt'], undefined],
    ['a field nobody knows', ['report', 'html'], '<script>'],
    ['a text for a number', ['report', 'file', 'durationSeconds'], '12'],
    ['an unknown verdict', ['review', 'verdict'], { kind: 'loved' }],
    ['a correction without a genre', ['review', 'verdict'], { kind: 'corrected' }],
    ['a silent window with a rollout', ['report', 'windows', 1, 'rollout'], [1]],
    ['a window that sounds without predictions', ['report', 'windows', 0, 'predictions'], []],
    ['another version', ['version'], 3],
    ['an old report', ['report', 'schemaVersion'], 1],
    ['no summary', ['summary'], undefined],
  ])('are refused by the schema with %s', (_, path, value) => {
    expect(validate(changed(['version'], 2))).toBe(true);
    expect(validate(changed(path, value))).toBe(false);
  });

  it('carry the report unchanged: what is exported can be read again', () => {
    const report = testReport(['Jazz', 'R&B', null], '=cmd|\u202e\n😀.wav');
    const line = resultJsonLine({ report, review: noReview });
    const document = JSON.parse(line) as { report: unknown };
    expect(parseReportValue(document.report)).toEqual({ ok: true, value: report });
  });

  it('carry the experimental mark beside the name', () => {
    const { summary } = resultDocument({
      report: testReport(['R&B']),
      review: { ...noReview, verdict: { kind: 'corrected', genre: 'R&B' } },
    });
    expect(summary.top[0]).toEqual({
      genre: 'R&B',
      en: 'R&B',
      zh: '节奏布鲁斯',
      experimental: true,
      probability: 0.7,
    });
    expect(summary.corrected).toMatchObject({ genre: 'R&B', experimental: true });
  });
});
