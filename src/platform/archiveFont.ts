import fontAddress from '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf?url';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';

/**
 * The font of everything that leaves the page as a picture or a document: Noto Sans SC Regular (SIL Open Font License
 * 1.1), from the page's own origin. Latin, Greek, Cyrillic and Chinese look the same on every machine with it; scripts
 * that it lacks are drawn with what the machine has. 10 MB, so it comes when the first picture is made; the service
 * worker keeps it for work without a network.
 */

/** Address of the TrueType file, of the page's own origin. */
export const archiveFontAddress: string = fontAddress;

let bytes: Promise<Result<Uint8Array<ArrayBuffer>, AnalysisError>> | null = null;

/** The TrueType file, loaded once. Error: `font-missing`; the next call tries again. Do not write into the bytes. */
export async function archiveFontBytes(): Promise<Result<Uint8Array<ArrayBuffer>, AnalysisError>> {
  bytes ??= fetchFont();
  const font = await bytes;
  if (!font.ok) bytes = null;
  return font;
}

async function fetchFont(): Promise<Result<Uint8Array<ArrayBuffer>, AnalysisError>> {
  try {
    const response = await fetch(fontAddress);
    if (!response.ok) return err(analysisError('font-missing', `${fontAddress}: HTTP ${response.status}`));
    return ok(new Uint8Array(await response.arrayBuffer()));
  } catch (cause) {
    return err(analysisError('font-missing', `${fontAddress}: ${String(cause)}`));
  }
}
