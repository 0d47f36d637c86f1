import { useSyncExternalStore } from 'react';
import { useSettings } from '#ui/WorkbenchContext.tsx';

const query = '(prefers-color-scheme: dark)';

function subscribe(onChange: () => void): () => void {
  const media = matchMedia(query);
  media.addEventListener('change', onChange);
  return () => media.removeEventListener('change', onChange);
}

/** The theme that is seen: what was chosen, or the system's. */
export function useResolvedTheme(): 'light' | 'dark' {
  const theme = useSettings((state) => state.theme);
  const systemDark = useSyncExternalStore(subscribe, () => matchMedia(query).matches);
  if (theme !== 'system') return theme;
  return systemDark ? 'dark' : 'light';
}
