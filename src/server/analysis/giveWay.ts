import { constants, setPriority } from 'node:os';

/**
 * Lets the calling thread (on Linux; elsewhere its process) and what it starts give way to the thread that answers requests:
 * with every core computing, that one still runs as soon as it has something to do.
 */
export function giveWay(): void {
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where the system does not allow it, answers are a little later.
  }
}
