import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorText } from '#core/errorText.ts';
import { parseReport, parseReportValue, reportLimits } from '#core/report/parseReport.ts';
import { reportArbitrary, testReport } from '#core/testing/reports.ts';

type Json = Record<string, unknown>;
type Key = string | number;

/** A copy of the report with the value at `path` changed; undefined removes it. */
function changed(path: readonly Key[], value: unknown): string {
  const document = JSON.parse(JSON.stringify(testReport())) as Json;
  const parent = path.slice(0, -1).reduce<Json>((node, key) => node[key] as Json, document);
  const last = path.at(-1)!;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return JSON.stringify(document);
}

/** Where the report was refused; fails the test where it was not, or with another code. */
function refusedAt(json: string): string {
  const result = parseReport(json);
  if (result.ok) return 'accepted';
  expect(result.error.code).toBe('report-invalid');
  return String(result.error.details?.['path']);
}

describe('parseReport', () => {
  it('reads back every report that was written, field by field', () => {
    fc.assert(
      fc.property(reportArbitrary, (report) => {
        const written = JSON.stringify(report);
        const read = parseReport(written);
        expect(read).toEqual({ ok: true, value: JSON.parse(written) });
      }),
      { numRuns: 30 },
    );
  });

  it.each<[string, readonly Key[], unknown, string]>([
    ['a missing field', ['createdAt'], undefined, 'createdAt'],
    ['a date that does not exist', ['createdAt'], '2026-13-45T99:00:00Z', 'createdAt'],
    ['local time', ['createdAt'], '2026-01-02T03:04:05+01:00', 'createdAt'],
    ['a hash in capitals', ['file', 'sha256'], 'AB'.repeat(32), 'file.sha256'],
    ['a short hash', ['model', 'sha256'], 'ab', 'model.sha256'],
    ['an unknown container', ['file', 'container'], 'exe', 'file.container'],
    ['a negative length', ['file', 'durationSeconds'], -1, 'file.durationSeconds'],
    ['a length of a week', ['file', 'durationSeconds'], 604_800, 'file.durationSeconds'],
    ['a length that is null', ['file', 'durationSeconds'], null, 'file.durationSeconds'],
    ['a name beyond all measure', ['file', 'name'], 'x'.repeat(40_000), 'file.name'],
    [
      'a probability over 1',
      ['track', 'predictions', 0, 'probability'],
      1.2,
      'track.predictions[0].probability',
    ],
    [
      'a negative probability',
      ['track', 'predictions', 3, 'probability'],
      -0.1,
      'track.predictions[3].probability',
    ],
    [
      'probabilities that do not sum to 1',
      ['track', 'predictions', 0, 'probability'],
      0.9,
      'track.predictions',
    ],
    ['an unknown genre', ['track', 'predictions', 0, 'genre'], 'Polka', 'track.predictions[0].genre'],
    ['a genre twice', ['track', 'predictions', 1, 'genre'], 'Jazz', 'track.predictions[1].genre'],
    ['too few predictions', ['windows', 1, 'predictions'], [], 'windows[1].predictions'],
    ['a vote for nobody', ['track', 'vote', 0, 'genre'], 'Polka', 'track.vote[0].genre'],
    ['windows out of order', ['windows', 1, 'index'], 2, 'windows[1].index'],
    ['windows that stand still', ['windows', 1, 'startFrame'], 0, 'windows[1].startFrame'],
    ['a window after the end', ['windows', 2, 'startSeconds'], 500, 'windows[2].startSeconds'],
    ['a window that ends before it starts', ['windows', 1, 'endSeconds'], 1, 'windows[1].endSeconds'],
    ['a silent window with predictions', ['windows', 1, 'silent'], true, 'windows[1].predictions'],
    ['a rollout of another length', ['windows', 0, 'rollout'], [1], 'windows[0].rollout'],
    ['a rollout that is no share', ['windows', 0, 'rollout', 5], 2, 'windows[0].rollout[5]'],
    ['a text in a rollout', ['windows', 0, 'rollout', 5], '0.1', 'windows[0].rollout[5]'],
    ['no labels', ['model', 'labels'], [], 'model.labels'],
    ['a label twice', ['model', 'labels', 1, 'id'], 'Jazz', 'model.labels[1].id'],
    ['a label of a special name', ['model', 'labels', 1, 'id'], 'constructor', 'model.labels[1].id'],
    ['more patches than are read', ['model', 'patchSize'], 1, 'model.patchSize'],
    ['a front end that is none', ['model', 'frontEnd', 'nFft'], 1000, 'model.frontEnd.nFft'],
    ['a descriptor that is a text', ['descriptors', 'tempoBpm'], '120', 'descriptors.tempoBpm'],
    ['a descriptor that is missing', ['descriptors', 'tempoBpm'], undefined, 'descriptors.tempoBpm'],
    ['a warning nobody knows', ['warnings'], [{ code: 'x', details: {} }], 'warnings[0].code'],
    ['a time that is negative', ['timings', 'totalMs'], -5, 'timings.totalMs'],
    ['an unknown backend', ['backend', 'kind'], 'abacus', 'backend.kind'],
    ['version 0', ['schemaVersion'], 0, 'schemaVersion'],
    ['a version that is a text', ['schemaVersion'], '3', 'schemaVersion'],
  ])('refuses %s, and says where', (_, path, value, where) => {
    expect(refusedAt(changed(path, value))).toBe(where);
  });

  it('refuses numbers that JSON can write but nobody can count with', () => {
    const infinite = changed(['timings', 'totalMs'], 7654.5).replace('7654.5', '1e999');
    expect(refusedAt(infinite)).toBe('timings.totalMs');
    const inRollout = changed(['windows', 0, 'rollout', 3], 0.765).replace('0.765', '1e999');
    expect(refusedAt(inRollout)).toBe('windows[0].rollout[3]');
  });

  it('refuses a field named __proto__ at any depth, however it is written', () => {
    for (const name of ['__proto__', '\\u005f_proto__']) {
      const withWarning = changed(
        ['warnings'],
        [{ code: 'backend-changed', details: { from: 'x' } }],
      ).replace('"from":', `"${name}":{"polluted":1},"from":`);
      expect(refusedAt(withWarning)).toBe('__proto__');
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    const special = changed(['warnings'], [{ code: 'backend-changed', details: { constructor: 'x' } }]);
    expect(refusedAt(special)).toBe('warnings[0].details');
  });

  it('drops what it does not know', () => {
    const result = parseReport(changed(['extra'], { html: '<script>' }));
    expect(result).toEqual({ ok: true, value: testReport() });
  });

  it('reads version 1 as version 2 without descriptors and noise', () => {
    const { descriptors: _descriptors, ...rest } = testReport();
    const old = {
      ...rest,
      schemaVersion: 1,
      windows: rest.windows.map(({ noise: _noise, ...window }) => window),
    };
    expect(parseReport(JSON.stringify(old))).toEqual({ ok: true, value: { ...rest, descriptors: null } });
  });

  it('says that a newer program is needed, whatever else the newer report holds', () => {
    const result = parseReport('{"schemaVersion":3,"everything":"else"}');
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'report-too-new', details: { version: 3, supported: 2 } },
    });
    if (result.ok) throw new Error('accepted');
    expect(errorText(result.error, 'en').advice).toContain('version 3');
    expect(errorText(result.error, 'zh').advice).toContain('3');
  });

  it.each([
    '',
    'null',
    '7',
    '[]',
    '{}',
    '"x"',
    '{',
    '['.repeat(100_000),
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  ])('refuses what is no report: %#', (json) => {
    const result = parseReport(json);
    expect(result.ok ? 'accepted' : result.error.code).toBe('report-invalid');
  });

  it('refuses a document beyond the limit before reading it', () => {
    const result = parseReport(' '.repeat(reportLimits.characters + 1));
    expect(result.ok ? '' : result.error.message).toContain('characters');
  });

  it('never throws, whatever was changed in the text', () => {
    const json = JSON.stringify(testReport(['Jazz', null]));
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.nat({ max: json.length - 1 }),
            removed: fc.nat({ max: 12 }),
            inserted: fc.oneof(
              fc.string({ maxLength: 6 }),
              fc.constantFrom('null', '-1', '1e999', '[]', '{}', '"__proto__"', '"', ',', '0'),
            ),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        (edits) => {
          let text = json;
          for (const { at, removed, inserted } of edits)
            text = text.slice(0, at) + inserted + text.slice(at + removed);
          const result = parseReport(text);
          if (!result.ok) expect(['report-invalid', 'report-too-new']).toContain(result.error.code);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('never throws, whatever value stands where', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, seed) => {
        const document = JSON.parse(JSON.stringify(testReport())) as Json;
        const names = Object.keys(document);
        document[names[seed % names.length]!] = value;
        parseReportValue(document);
        parseReportValue(value);
      }),
      { numRuns: 150 },
    );
  });
});
