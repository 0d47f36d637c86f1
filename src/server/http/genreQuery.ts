import { err, ok, type Result } from '#core/result.ts';
import type { AnalysisPool, PoolModel } from '#server/analysis/analysisPool.ts';
import { type ServiceError, type ServiceErrorCode, serviceError } from '#server/serviceErrors.ts';

/** What a request for genres asks for beside the file. */
export interface GenreQuery {
  readonly model: PoolModel;
  /** 1 to the number of the model's labels. */
  readonly topK: number;
  readonly explain: 'rollout' | 'relevance' | null;
  readonly format: 'json' | 'csv';
  /** At most so many windows; null for all. */
  readonly windows: number | null;
}

export const genreQueryNames = ['top_k', 'explain', 'format', 'model', 'windows'] as const;
type QueryName = (typeof genreQueryNames)[number];

const defaultTopK = 5;
const mostWindows = 10_000;

/**
 * Reads the query strictly: a parameter that is unknown, given twice or empty is a mistake that the caller wants to hear
 * of, not something to guess about.
 *
 * Errors: `bad-request` for an unknown name, `unknown-model`, `bad-top-k`, `bad-explain`, `bad-format`, `bad-windows`.
 */
export function readGenreQuery(
  query: Readonly<Record<string, unknown>>,
  pool: Pick<AnalysisPool, 'models'>,
): Result<GenreQuery, ServiceError> {
  for (const name of Object.keys(query)) {
    if (!(genreQueryNames as readonly string[]).includes(name)) {
      return err(serviceError('bad-request', 'unknown query parameter', { parameter: name.slice(0, 100) }));
    }
  }
  const text = (name: QueryName): string | null => {
    const value = query[name];
    // Given twice it is a list: no text that any check below would take.
    return value === undefined ? null : typeof value === 'string' ? value : '';
  };
  const refuse = (code: ServiceErrorCode, name: QueryName, details = {}): Result<never, ServiceError> =>
    err(serviceError(code, `${name} is not valid`, { found: String(query[name]).slice(0, 100), ...details }));

  const modelId = text('model');
  const model = pool.models.find(({ id, isDefault }) => (modelId === null ? isDefault : id === modelId));
  if (model === undefined) return refuse('unknown-model', 'model');

  const most = model.manifest.labels.length;
  const topK = wholeNumber(text('top_k'), Math.min(defaultTopK, most), most);
  if (topK === null) return refuse('bad-top-k', 'top_k', { least: 1, most });

  const explain = text('explain');
  if (explain !== null && explain !== 'rollout' && explain !== 'relevance')
    return refuse('bad-explain', 'explain');

  const format = text('format') ?? 'json';
  if (format !== 'json' && format !== 'csv') return refuse('bad-format', 'format');
  if (format === 'csv' && explain !== null) {
    return err(serviceError('bad-format', 'a table has no patch grid: ask for explain with format=json'));
  }

  const windowsText = text('windows');
  const windows = windowsText === null ? null : wholeNumber(windowsText, null, mostWindows);
  if (windowsText !== null && windows === null) return refuse('bad-windows', 'windows');

  return ok({ model, topK, explain, format, windows });
}

/** A number from 1 to `most` in plain digits; the fallback for null, null for anything else. */
export function wholeNumber<F extends number | null>(
  text: string | null,
  fallback: F,
  most: number,
): number | F | null {
  if (text === null) return fallback;
  if (!/^[1-9]\d{0,5}$/.test(text)) return null;
  const value = Number(text);
  return value <= most ? value : null;
}
