/** Names that a folder's audio files end in; a file dropped by itself is always taken, whatever its name. */
const audioName = /\.(wav|wave|mp3|flac|ogg|oga|opus|m4a|m4b|mp4|aac|webm|weba|aif|aiff|wma|alac|caf|au)$/i;

/** Where walking a folder stops: enough for any drop, and an end for a whole disk dropped by mistake. */
const mostEntries = 20_000;

export const looksLikeAudio = (name: string): boolean => !name.startsWith('.') && audioName.test(name);

/** What a folder gives: audio, and the pictures that this program saved; other pictures in it are covers. */
const isWanted = (name: string): boolean =>
  looksLikeAudio(name) || /\.acousticsense( \(\d+\))?\.png$/i.test(name);

/** One order everywhere: as people count, 2 before 10. */
const byName = new Intl.Collator(undefined, { numeric: true });

/** Audio files among those of a picked folder, in the order of their paths. */
export function audioFilesOf(files: readonly File[]): readonly File[] {
  return files
    .filter((file) => isWanted(file.name))
    .toSorted((a, b) => byName.compare(a.webkitRelativePath, b.webkitRelativePath));
}

function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  return new Promise((resolve) => {
    // A reader gives a hundred at a time, and nothing at the end.
    const next = (): void =>
      reader.readEntries(
        (some) => {
          found.push(...some);
          if (some.length === 0) resolve(found);
          else next();
        },
        // An unreadable folder costs only itself.
        () => resolve(found),
      );
    next();
  });
}

const fileOf = (entry: FileSystemFileEntry): Promise<File | null> =>
  new Promise((resolve) => {
    entry.file(resolve, () => resolve(null));
  });

/**
 * The files of a drop: plain files as they are, folders walked through in the order of their names, taking what looks
 * like audio. Call in the event's own turn; the browser empties the transfer after it.
 */
export async function collectFiles(transfer: DataTransfer): Promise<readonly File[]> {
  const dropped = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  if (dropped.length === 0) return [...transfer.files];
  const files: File[] = [];
  let visited = 0;
  const walk = async (folder: FileSystemDirectoryEntry): Promise<void> => {
    const entries = await entriesOf(folder);
    for (const entry of entries.toSorted((a, b) => byName.compare(a.name, b.name))) {
      if (++visited > mostEntries) return;
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry);
      else if (isWanted(entry.name)) {
        const file = await fileOf(entry as FileSystemFileEntry);
        if (file !== null) files.push(file);
      }
    }
  };
  for (const { entry, file } of dropped) {
    if (entry?.isDirectory === true) await walk(entry as FileSystemDirectoryEntry);
    else if (file !== null) files.push(file);
  }
  return files;
}
