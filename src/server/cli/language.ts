/** The language of the person at the terminal, from the locale. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): 'en' | 'zh' {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return locale.startsWith('zh') ? 'zh' : 'en';
}
