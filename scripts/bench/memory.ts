import { readdirSync, readFileSync } from 'node:fs';

/**
 * Memory of a process and all its descendants in MB: the sum of their proportional set sizes, in which shared pages count
 * once (Linux only; null elsewhere).
 */
export function processTreeMegabytes(rootPid: number): number | null {
  try {
    const parents = new Map<number, number>();
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        // The command's name stands in parentheses and may hold spaces: count from the last one.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        parents.set(Number(entry), Number(fields[1]));
      } catch {
        continue; // the process ended while we looked
      }
    }
    const inTree = (pid: number): boolean => {
      for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
        if (at === rootPid) return true;
      return false;
    };
    let kilobytes = 0;
    for (const pid of parents.keys()) {
      if (!inTree(pid)) continue;
      try {
        const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
      } catch {
        continue;
      }
    }
    return kilobytes / 1024;
  } catch {
    return null;
  }
}
