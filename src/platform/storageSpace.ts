/** What `navigator.storage.estimate` says, in bytes; null where it says nothing (old browsers, storage denied). */
export async function estimateSpace(): Promise<{
  readonly usedBytes: number;
  readonly quotaBytes: number;
} | null> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return usage === undefined || quota === undefined ? null : { usedBytes: usage, quotaBytes: quota };
  } catch {
    return null;
  }
}
