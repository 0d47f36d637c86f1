import { useEffect, useState } from 'react';

/** What takes less than this never shows a sign of waiting: a flash says less than nothing. Milliseconds. */
export const patienceMs = 150;

/** True once `active` has lasted longer than people's patience; false at once when it ends. */
export function useDelayed(active: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [active]);
  return active && late;
}
