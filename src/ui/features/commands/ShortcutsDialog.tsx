/** The list of shortcuts, by the question mark. */
export function ShortcutsDialog() {
  return null;
}
