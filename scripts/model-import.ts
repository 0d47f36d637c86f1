/** `npm run model:import`: turns a torch checkpoint into a model package that the page and the command line can use. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AnalysisError } from '#core/errors.ts';
import { importCcmusic } from '#core/model/ccmusic.ts';
import { parseManifest } from '#core/model/parseManifest.ts';
import { makeGolden } from '#server/engine/makeGolden.ts';

const usage = `usage: npm run model:import -- CHECKPOINT --preset ccmusic --out DIR [--heads N] [--id NAME]

Makes a model package in DIR (manifest.json, model.safetensors, golden.json, MODEL_CARD.md) from a checkpoint of torch.save.
Nothing in the checkpoint is executed.
  --preset ccmusic  classes and front end of the ccmusic music_genre checkpoints (vit_b_16)
  --out DIR         a new or empty folder, or a package to replace
  --heads N         number of attention heads, where it is not width / 64
  --id NAME         id of the model (default ccmusic-vit)

Exit code: 0 done, 1 refused or failed, 2 wrong usage.`;

interface Wanted {
  readonly checkpoint: string;
  readonly out: string;
  readonly heads: number | undefined;
  readonly id: string;
}

/** The arguments, or what is wrong with them. */
function readArguments(args: readonly string[]): Wanted | 'help' | { readonly wrong: string } {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        preset: { type: 'string' },
        out: { type: 'string' },
        heads: { type: 'string' },
        id: { type: 'string', default: 'ccmusic-vit' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    return { wrong: cause instanceof Error ? cause.message : String(cause) };
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  const [checkpoint] = positionals;
  if (checkpoint === undefined || positionals.length > 1)
    return { wrong: 'exactly one checkpoint is needed' };
  if (values.preset !== 'ccmusic')
    return { wrong: `--preset must be ccmusic, is ${values.preset ?? 'missing'}` };
  if (values.out === undefined || values.out === '') return { wrong: '--out DIR is needed' };
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(values.id))
    return { wrong: `--id ${values.id} is no plain name` };
  if (values.heads !== undefined && !/^[1-9]\d{0,3}$/.test(values.heads))
    return { wrong: `--heads must be a whole number from 1, is ${values.heads}` };
  return {
    checkpoint,
    out: values.out,
    heads: values.heads === undefined ? undefined : Number(values.heads),
    id: values.id,
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function fail(message: string): 1 {
  console.error(`model:import: ${message}`);
  return 1;
}

const failWith = ({ code, message }: AnalysisError): 1 => fail(`${code}: ${message}`);

async function importModel({ checkpoint, out, heads, id }: Wanted): Promise<0 | 1> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(checkpoint);
  } catch (cause) {
    return fail(`cannot read ${checkpoint}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  // Never write among files that are not a package.
  if (existsSync(out) && !existsSync(join(out, 'manifest.json')) && readdirSync(out).length > 0)
    return fail(`${out} has other files in it; give a new folder`);
  const source = { name: basename(checkpoint), sha256: sha256(bytes) };
  const imported = importCcmusic(bytes, { id, source, ...(heads === undefined ? {} : { heads }) });
  if (!imported.ok) return failWith(imported.error);
  const { weights, card } = imported.value;
  const manifest = parseManifest(imported.value.manifest(sha256(weights)));
  if (!manifest.ok) return failWith(manifest.error);
  const golden = await makeGolden(manifest.value, weights);
  if (!golden.ok) return failWith(golden.error);

  // Only now that everything is known to work is anything written.
  mkdirSync(out, { recursive: true });
  const writeJson = (name: string, value: unknown) =>
    writeFileSync(join(out, name), `${JSON.stringify(value, null, 1)}\n`);
  writeFileSync(join(out, manifest.value.weights.file), weights);
  writeJson('golden.json', golden.value);
  writeFileSync(join(out, 'MODEL_CARD.md'), card);
  writeJson('manifest.json', manifest.value);
  const { hiddenSize, layers, heads: headCount, mlpSize, classifier } = manifest.value.architecture;
  console.log(
    `${id} in ${out}: width ${hiddenSize}, layers ${layers}, heads ${headCount}, MLP ${mlpSize}, ` +
      `classifier ${[hiddenSize, ...classifier].join('-')}, ${weights.length} bytes of weights`,
  );
  return 0;
}

async function main(): Promise<number> {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted === 'help') {
    console.log(usage);
    return 0;
  }
  if ('wrong' in wanted) {
    console.error(`model:import: ${wanted.wrong}\n\n${usage}`);
    return 2;
  }
  return importModel(wanted);
}

process.exitCode = await main();
