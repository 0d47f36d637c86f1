/** Where and how archive pictures are written. */
export function ArchiveSettingsDialog() {
  return null;
}
