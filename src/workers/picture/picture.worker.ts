/** Paints archive pictures off the main thread: reading a font of 10 MB alone would hold the page for half a second. */
import { expose } from 'comlink';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { failureOf } from '#workers/dsp/failure.ts';
import type { PictureWorkerApi } from '#workers/picture/api.ts';
import { paintCard } from '#workers/picture/paintCard.ts';

/** The worker's own fonts; the tests are compiled against the page's library, which has none here. */
const { fonts: workerFonts } = globalThis as unknown as { readonly fonts: FontFaceSet };
const family = 'AcousticSense Archive';
let ready: string | null = null;

async function readyFont(address: string): Promise<Result<string, AnalysisError>> {
  if (ready === address) return ok(family);
  try {
    const response = await fetch(address);
    if (!response.ok) return err(analysisError('font-missing', `${address}: HTTP ${response.status}`));
    const face = await new FontFace(family, await response.arrayBuffer()).load();
    workerFonts.clear();
    workerFonts.add(face);
    ready = address;
    return ok(family);
  } catch (cause) {
    return err(analysisError('font-missing', `${address}: ${String(cause)}`));
  }
}

const api: PictureWorkerApi = {
  async compose(content, look, fontAddress) {
    try {
      const font = await readyFont(fontAddress);
      if (!font.ok) return font;
      const png = await paintCard(content, look, font.value);
      return png.ok ? ok(new Blob([png.value], { type: 'image/png' })) : png;
    } catch (cause) {
      return err({ ...failureOf(cause), message: `picture worker: ${String(cause)}` });
    }
  },
};

expose(api);
