/**
 * Where the time comes from. Tests have clocks of their own.
 */
export interface HostClocks {
  /** Milliseconds since some moment that is the same for all processes of the host until it starts anew; never goes back. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970; may jump either way. */
  readonly wallMs: () => number;
}

/** The clock of the kernel (CLOCK_MONOTONIC and its like), not that of the process, which begins with it. */
export const hostClocks: HostClocks = {
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
};

/** What the file knows of the time. */
export interface StoredClock {
  /** The queue's time when it was last written. */
  readonly clock: number;
  /** From the host's monotonic clock to the queue's time. */
  readonly offset: number;
}

/** The host's clock can be read a little before another process stores its own reading; that is no restart. */
const toleranceMs = 1000;

/**
 * The queue's time in milliseconds: what locks, leases, delays and rates are measured with. It is the host's monotonic clock, so
 * that a wall clock that is set (by a person, by NTP, by a suspended machine) neither ends a lock early nor holds a job
 * back. All processes of a host read the same monotonic clock, which is why a queue file belongs to one host. When the host
 * has started anew its clock begins again below what the file has seen: then the offset is raised so that the queue's time goes on
 * from there, and nobody who held a lock before is alive to mind.
 */
export function queueTime(stored: StoredClock, monotonicMs: number): StoredClock {
  const clock = monotonicMs + stored.offset;
  if (clock >= stored.clock - toleranceMs) return { clock, offset: stored.offset };
  return { clock: stored.clock, offset: stored.clock - monotonicMs };
}
