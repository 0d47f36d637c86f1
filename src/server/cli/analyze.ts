/** `npm run analyze`: the same analysis as the page, headless. Standard output carries results and nothing else. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnalysisError } from '#core/errors.ts';
import { analyse } from '#core/pipeline/analyse.ts';
import type { ModelPort } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';
import { analyzeUsage, parseAnalyzeOptions } from '#server/cli/analyzeOptions.ts';
import { errorLine, errorTable, reportLine, reportTable } from '#server/cli/analyzeOutput.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { openNodeModel } from '#server/engine/nodeEngine.ts';
import { nodeClock, nodeFrontEnd } from '#server/nodePorts.ts';
import { program } from '#server/program.ts';

const defaultModel = fileURLToPath(new URL('../../../public/models/acousticsense-vit-b16', import.meta.url));

/** npm runs scripts in the project's folder; paths are meant from where the person stood. */
const fromHere = (path: string): string => resolve(process.env['INIT_CWD'] ?? process.cwd(), path);

async function analyzeFile(
  file: string,
  opening: Result<ModelPort, AnalysisError>,
): Promise<Result<AnalysisReport, AnalysisError>> {
  const decoded = await decodeAudioFile(fromHere(file), () => nodeClock.nowMs());
  if (!decoded.ok) return decoded;
  if (!opening.ok) return opening;
  return analyse(
    decoded.value,
    { frontEnd: nodeFrontEnd, model: opening.value, clock: nodeClock, program },
    { signal: { aborted: false }, descriptors: false },
  );
}

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseAnalyzeOptions(args);
  if (!parsed.ok) {
    console.error(`analyze: ${parsed.error}\n\n${analyzeUsage}`);
    return 2;
  }
  const options = parsed.value;
  if (options.help) {
    console.log(analyzeUsage);
    return 0;
  }
  const locale = process.env['LC_ALL'] ?? process.env['LC_MESSAGES'] ?? process.env['LANG'] ?? '';
  const language = locale.startsWith('zh') ? 'zh' : 'en';
  const directory = options.modelDirectory === null ? defaultModel : fromHere(options.modelDirectory);
  const opening = await openNodeModel(directory, {
    threads: options.threads ?? availableParallelism(),
  });
  let failed = 0;
  for (const file of options.files) {
    const result = await analyzeFile(file, opening);
    if (!result.ok) failed++;
    if (options.json) {
      console.log(result.ok ? reportLine(file, result.value, options.top) : errorLine(file, result.error));
    } else if (result.ok) {
      console.log(reportTable(file, result.value, options.top, language));
    } else {
      console.error(errorTable(file, result.error, language));
    }
  }
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
