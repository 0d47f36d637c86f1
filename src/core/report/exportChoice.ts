/** The formats of an export, in the order in which they are offered. */
export const exportFormats = ['csv', 'json', 'jsonl', 'audacity', 'raven', 'pdf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What a person chose to export. */
export interface ExportChoice {
  /** At least one. */
  readonly formats: readonly ExportFormat[];
  /** Of genres and documents. */
  readonly language: 'en' | 'zh';
  /** CSV begins with U+FEFF. */
  readonly byteOrderMark: boolean;
  /** CSV has a second table, one row a window. */
  readonly windowsTable: boolean;
}

/** Results that one PDF holds: more than anybody reads, and a minute of work. */
export const mostDocumentResults = 1000;
