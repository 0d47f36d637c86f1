import { describe, expect, it } from 'vitest';
import { createSettingsStore, languageOf } from '#state/settings.ts';

const memory = (text: string | null) => {
  let stored = text;
  return {
    getItem: () => stored,
    setItem: (_key: string, value: string) => {
      stored = value;
    },
  };
};

describe('settings', () => {
  it.each([
    [['zh-Hant-TW', 'en'], 'zh'],
    [['de', 'zh-CN', 'en'], 'zh'],
    [['en-GB', 'zh'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('reads the language from %j', (tags, language) => {
    expect(languageOf(tags)).toBe(language);
  });

  it('remembers choices, and the address wins over what was stored', () => {
    const storage = memory(null);
    createSettingsStore(storage, ['en']).setState({ language: 'zh', overlayOpacity: 0.25 });
    expect(createSettingsStore(storage, ['en']).getState()).toMatchObject({
      language: 'zh',
      overlayOpacity: 0.25,
    });
    expect(createSettingsStore(storage, ['en'], { language: 'en' }).getState().language).toBe('en');
  });

  it('takes what is sound from damaged storage and survives storage that throws', () => {
    const damaged = memory('{"theme":"dark","overlayOpacity":7,"language":3}');
    expect(createSettingsStore(damaged, ['en']).getState()).toMatchObject({
      theme: 'dark',
      overlayOpacity: 0.6,
      language: 'en',
    });
    const denied = {
      getItem: () => {
        throw new Error('denied');
      },
      setItem: () => {
        throw new Error('full');
      },
    };
    const store = createSettingsStore(denied, ['zh']);
    store.setState({ theme: 'light' });
    expect(store.getState()).toMatchObject({ theme: 'light', language: 'zh' });
  });
});
