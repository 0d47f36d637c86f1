import { audioFilesOf, collectFiles } from '#app/droppedFiles.ts';
import type { PageHost, Sample } from '#ui/WorkbenchContext.tsx';

const base = import.meta.env.BASE_URL;

function isSample(value: unknown): value is Sample {
  if (typeof value !== 'object' || value === null) return false;
  const { file, title, seconds } = value as Record<string, unknown>;
  if (typeof file !== 'string' || typeof seconds !== 'number') return false;
  if (typeof title !== 'object' || title === null) return false;
  const { en, zh } = title as Record<string, unknown>;
  return typeof en === 'string' && typeof zh === 'string';
}

async function fetchJson(path: string): Promise<unknown> {
  try {
    const response = await fetch(`${base}${path}`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

let samples: Promise<readonly Sample[]> | null = null;

/** The browser, as the components see it. */
export const pageHost: PageHost = {
  collectFiles,
  audioFilesOf,
  samples: () =>
    (samples ??= fetchJson('samples/index.json').then((list) =>
      Array.isArray(list) ? list.filter(isSample) : [],
    )),
  fetchSample: async (sample) => {
    try {
      const response = await fetch(`${base}samples/${encodeURIComponent(sample.file)}`);
      if (!response.ok) return null;
      const bytes = await response.blob();
      return new File([bytes], sample.file, { type: bytes.type });
    } catch {
      return null;
    }
  },
  copyText: async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  },
};

/** Ids of the models that lie beside the page; empty where the list is missing. */
export async function modelIds(): Promise<readonly string[]> {
  const list = await fetchJson('models/index.json');
  const entries: readonly unknown[] = Array.isArray(list)
    ? list
    : typeof list === 'object' && list !== null && 'models' in list && Array.isArray(list.models)
      ? list.models
      : [];
  return entries
    .map((entry) => (typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : entry))
    .filter((id): id is string => typeof id === 'string');
}
