/** Gives a file to the person as a download of that name. */
export function saveDownload(file: Blob, fileName: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The download has taken its own reference long before.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
