/** Two results side by side. */
export function CompareView() {
  return null;
}
