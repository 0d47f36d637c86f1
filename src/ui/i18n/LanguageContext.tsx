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

/** Texts of one feature, kept beside it: the same keys in both languages. */
export interface FeatureTexts<Texts> {
  readonly en: Texts;
  readonly zh: Texts;
}

/** Gives the compiler the shape of a feature's texts: a key that a language lacks is a compile error. */
export const featureTexts = <Texts,>(en: Texts, zh: NoInfer<Texts>): FeatureTexts<Texts> => ({ en, zh });

/** The feature's texts in the language of the page. */
export function useTexts<Texts>(texts: FeatureTexts<Texts>): Texts {
  return texts[useLanguage().language];
}

export function useLanguage(): LanguageValue {
  const value = use(LanguageContext);
  if (value === null) throw new Error('LanguageContext is not provided');
  return value;
}
