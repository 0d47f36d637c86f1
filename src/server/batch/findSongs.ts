import { open, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { sniffAudio } from '#core/audio/sniffing.ts';

/** What was found in a folder: a file that is to be analysed, or a folder or file that could not be looked at. */
export type FoundFile =
  | { readonly kind: 'song'; readonly path: string; readonly songId: string }
  | { readonly kind: 'other'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly reason: string };

/** Names under which audio files go. What carries one is taken as it is: a wrong name is told by the analysis. */
const audioNames = new Set(
  '.mp3 .wav .wave .flac .ogg .oga .opus .m4a .m4b .mp4 .aac .webm .weba .mka .aif .aiff .au .caf .wma'.split(
    ' ',
  ),
);

/** As much of a file as tells what it is, where its name does not. */
const headBytes = 65_536;

/**
 * The audio files below a folder, in the order of their names: by their extension, else by their first bytes. Names that
 * begin with a dot are left out (what systems put beside music), folders behind symbolic links as well (they may lead in
 * circles); links to files are followed.
 *
 * A song's id is its path below the folder with `/` between the parts, on every system.
 */
export async function* findSongs(folder: string, below = ''): AsyncGenerator<FoundFile> {
  let entries;
  try {
    entries = await readdir(join(folder, below), { withFileTypes: true });
  } catch (cause) {
    yield { kind: 'unreadable', path: join(folder, below), reason: (cause as Error).message };
    return;
  }
  // By code units: the same order everywhere.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const songId = below === '' ? entry.name : `${below}/${entry.name}`;
    const path = join(folder, songId);
    if (entry.isDirectory()) yield* findSongs(folder, songId);
    else if (entry.isFile() || entry.isSymbolicLink()) yield await look(path, songId);
    else yield { kind: 'other', path };
  }
}

async function look(path: string, songId: string): Promise<FoundFile> {
  if (audioNames.has(extname(path).toLowerCase())) return { kind: 'song', path, songId };
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return { kind: soundsLikeAudio(buffer.subarray(0, bytesRead)) ? 'song' : 'other', path, songId };
    } finally {
      await file.close();
    }
  } catch (cause) {
    // A link to a folder, or to nothing: no music was meant.
    const { code, message } = cause as NodeJS.ErrnoException;
    return code === 'EISDIR' || code === 'ENOENT'
      ? { kind: 'other', path }
      : { kind: 'unreadable', path, reason: message };
  }
}

/** By a head alone: a container whose index lies further back is one all the same. */
function soundsLikeAudio(head: Uint8Array): boolean {
  const sniffed = sniffAudio(head);
  return sniffed.ok || sniffed.error.code === 'decode-failed' || sniffed.error.code === 'no-samples';
}
