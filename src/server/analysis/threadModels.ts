import { join } from 'node:path';
import type { AnalysisError } from '#core/errors.ts';
import { ok, type Result } from '#core/result.ts';
import { type NodeModelPort, openNodeModel } from '#server/engine/nodeEngine.ts';
import { type NodeRelevance, openNodeRelevance } from '#server/engine/nodeRelevance.ts';

interface OpenModel {
  readonly port: NodeModelPort;
  readonly relevance: () => Promise<Result<NodeRelevance, AnalysisError>>;
  readonly dispose: () => Promise<void>;
}

/** The models of one thread: opened when first asked for, kept as far as there is room. */
export interface ThreadModels {
  /** Errors: those of `openNodeModel`. */
  open(id: string): Promise<Result<OpenModel, AnalysisError>>;
  /** Lets a model go whose runtime failed: the next file opens it anew. */
  forget(id: string): Promise<void>;
  dispose(): Promise<void>;
}

/** Models kept beside the default one. Each has its own copy of the weights. */
const keptBeside = 1;

export function createThreadModels(folder: string, defaultModel: string, threads: number): ThreadModels {
  /** In the order of their last use. */
  const open = new Map<string, OpenModel>();

  async function openModel(id: string): Promise<Result<OpenModel, AnalysisError>> {
    const directory = join(folder, id);
    const opened = await openNodeModel(directory, { threads });
    if (!opened.ok) return opened;
    const port = opened.value;
    let relevance: Promise<Result<NodeRelevance, AnalysisError>> | null = null;
    return ok({
      port,
      relevance: async () => {
        relevance ??= openNodeRelevance(directory, port.manifest, { threads });
        const explained = await relevance;
        // memory that was not there may be there for the next file
        if (!explained.ok) relevance = null;
        return explained;
      },
      dispose: async () => {
        await port.dispose();
        const explained = await relevance;
        if (explained?.ok) await explained.value.dispose();
      },
    });
  }

  async function forget(id: string): Promise<void> {
    const model = open.get(id);
    open.delete(id);
    await model?.dispose();
  }

  return {
    forget,
    open: async (id) => {
      const known = open.get(id);
      const opened = known === undefined ? await openModel(id) : ok(known);
      if (!opened.ok) return opened;
      open.delete(id);
      open.set(id, opened.value);
      const beside = [...open.keys()].filter((other) => other !== defaultModel);
      for (const oldest of beside.slice(0, Math.max(0, beside.length - keptBeside))) await forget(oldest);
      return opened;
    },
    dispose: async () => {
      for (const id of open.keys()) await forget(id);
    },
  };
}
