import { parseArgs } from 'node:util';
import { err, ok, type Result } from '#core/result.ts';

export interface AnalyzeOptions {
  readonly files: readonly string[];
  readonly json: boolean;
  /** How many genres to print; null means five in the table and all in JSON. */
  readonly top: number | null;
  /** Folder of the model package; null means the default model. */
  readonly modelDirectory: string | null;
  readonly threads: number | null;
  readonly help: boolean;
}

export const analyzeUsage = `usage: npm run analyze -- FILE [FILE ...] [--json] [--top N] [--model DIR] [--threads N]

Prints the most likely genres of each audio file.
  --json       one JSON object per file and line on standard output (use npm run -s)
  --top N      the N most likely genres (default 5; with --json all)
  --model DIR  folder of a model package (default public/models/acousticsense-vit-b16)
  --threads N  threads of the network (default: one for each core)

Exit code: 0 all files analysed, 1 some failed, 2 wrong usage.`;

/** Reads the command line. The error is a sentence for the person. */
export function parseAnalyzeOptions(args: readonly string[]): Result<AnalyzeOptions, string> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        top: { type: 'string' },
        model: { type: 'string' },
        threads: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const counts: { top: number | null; threads: number | null } = { top: null, threads: null };
  for (const name of ['top', 'threads'] as const) {
    const text = values[name];
    if (text === undefined) continue;
    if (!/^[1-9]\d{0,3}$/.test(text)) return err(`--${name} takes a whole number from 1, not '${text}'`);
    counts[name] = Number(text);
  }
  if (values.model === '') return err('--model takes a folder');
  if (positionals.length === 0 && !values.help) return err('no file given');
  return ok({
    files: positionals,
    json: values.json,
    modelDirectory: values.model ?? null,
    help: values.help,
    ...counts,
  });
}
