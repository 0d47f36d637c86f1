/** Every result that was kept on this machine. */
export function LibraryView() {
  return null;
}
