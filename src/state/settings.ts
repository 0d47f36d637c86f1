import { createStore, type StoreApi } from 'zustand/vanilla';

export type Language = 'en' | 'zh';
export type Theme = 'system' | 'light' | 'dark';

/** Preferences: they outlive the session, on this machine only. */
export interface SettingsState {
  readonly language: Language;
  readonly theme: Theme;
  /** 0..1 */
  readonly overlayOpacity: number;
  readonly overlayVisible: boolean;
}

export type SettingsStore = StoreApi<SettingsState>;

/** The part of `localStorage` that is needed; null where the host has none. */
export type SettingsStorage = Pick<Storage, 'getItem' | 'setItem'> | null;

const storageKey = 'acousticsense.settings';

/** Chinese where the browser prefers any Chinese over English, else English. */
export function languageOf(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'zh' || primary === 'en') return primary;
  }
  return 'en';
}

/** What was stored, field by field: a damaged or foreign value costs only itself. */
function stored(storage: SettingsStorage): Partial<SettingsState> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(storageKey) ?? 'null');
    if (typeof value !== 'object' || value === null) return {};
    const { language, theme, overlayOpacity, overlayVisible } = value as Record<string, unknown>;
    return {
      ...(language === 'en' || language === 'zh' ? { language } : {}),
      ...(theme === 'system' || theme === 'light' || theme === 'dark' ? { theme } : {}),
      ...(typeof overlayOpacity === 'number' && overlayOpacity >= 0 && overlayOpacity <= 1
        ? { overlayOpacity }
        : {}),
      ...(typeof overlayVisible === 'boolean' ? { overlayVisible } : {}),
    };
  } catch {
    return {};
  }
}

/**
 * @param languages the browser's preferred languages, best first
 * @param given what the address of the page asks for; wins over what was stored and is not stored itself until changed
 */
export function createSettingsStore(
  storage: SettingsStorage,
  languages: readonly string[],
  given: Partial<SettingsState> = {},
): SettingsStore {
  const store = createStore<SettingsState>(() => ({
    language: languageOf(languages),
    theme: 'system',
    overlayOpacity: 0.6,
    overlayVisible: true,
    ...stored(storage),
    ...given,
  }));
  store.subscribe((state) => {
    try {
      storage?.setItem(storageKey, JSON.stringify(state));
    } catch {
      // Storage may be full or denied: the choice then holds for this visit.
    }
  });
  return store;
}
