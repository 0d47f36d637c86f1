import { createContext, use } from 'react';
import type { Language } from '#state/settings.ts';
import type { Format } from '#ui/i18n/format.ts';
import type { Messages } from '#ui/i18n/messages.ts';

export interface LanguageValue {
  readonly language: Language;
  readonly text: Messages;
  readonly format: Format;
}

/** Filled by the app, which owns the texts. */
export const LanguageContext = createContext<LanguageValue | null>(null);

export function useLanguage(): LanguageValue {
  const value = use(LanguageContext);
  if (value === null) throw new Error('LanguageContext is not provided');
  return value;
}
