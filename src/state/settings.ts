import { createStore, type StoreApi } from 'zustand/vanilla';
import { colormapNames, type ColormapName } from '#core/render/colormaps.ts';

export type Language = 'en' | 'zh';
export type Theme = 'system' | 'light' | 'dark';

/** Preferences: they outlive the session, on this machine only. */
export interface SettingsState {
  readonly language: Language;
  readonly theme: Theme;
  /** 0..1 */
  readonly overlayOpacity: number;
  readonly overlayVisible: boolean;
  /** `contour` draws the edge of what lies over the threshold, `fill` everything over it. */
  readonly overlayStyle: 'fill' | 'contour';
  /** Relative attention (1 is the even share) under which nothing is drawn; 0 to 5. */
  readonly overlayThreshold: number;
  readonly colormap: ColormapName;
  /** Contrast range of the spectrogram in dB under the track's loudest point, -120 to 0, floor under ceiling. */
  readonly floorDb: number;
  readonly ceilingDb: number;
  /** Octave notes (C4 ...) beside the hertz of the frequency axis. */
  readonly octaveNotes: boolean;
  /** Writes the archive picture of every finished file by itself. */
  readonly autoArchive: boolean;
  readonly archiveScale: 1 | 2;
  readonly archiveTheme: 'light' | 'dark';
  /** Keys without Ctrl or Command that mean commands; off for those whose speech input or tremor sets them off. */
  readonly letterKeys: boolean;
  /** Goes on to the next file without a verdict after each verdict. */
  readonly advanceAfterVerdict: boolean;
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

const between =
  (low: number, high: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= low && value <= high;
const oneOf =
  (...choices: readonly unknown[]) =>
  (value: unknown): boolean =>
    choices.includes(value);
const isBoolean = oneOf(true, false);

/** Whether a stored value can be that field. */
const isSetting: Readonly<Record<keyof SettingsState, (value: unknown) => boolean>> = {
  language: oneOf('en', 'zh'),
  theme: oneOf('system', 'light', 'dark'),
  overlayOpacity: between(0, 1),
  overlayVisible: isBoolean,
  overlayStyle: oneOf('fill', 'contour'),
  overlayThreshold: between(0, 5),
  colormap: oneOf(...colormapNames),
  floorDb: between(-120, -1),
  ceilingDb: between(-119, 0),
  octaveNotes: isBoolean,
  autoArchive: isBoolean,
  archiveScale: oneOf(1, 2),
  archiveTheme: oneOf('light', 'dark'),
  letterKeys: isBoolean,
  advanceAfterVerdict: isBoolean,
};

/** What was stored, field by field: a damaged or foreign value costs only itself. */
function stored(storage: SettingsStorage): Partial<SettingsState> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(storageKey) ?? 'null');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter(
        ([name, field]) => Object.hasOwn(isSetting, name) && isSetting[name as keyof SettingsState](field),
      ),
    );
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
    overlayStyle: 'fill',
    overlayThreshold: 0,
    colormap: 'magma',
    floorDb: -80,
    ceilingDb: 0,
    octaveNotes: false,
    autoArchive: false,
    archiveScale: 2,
    archiveTheme: 'light',
    letterKeys: true,
    advanceAfterVerdict: false,
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
