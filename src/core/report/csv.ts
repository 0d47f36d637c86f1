/** Comma-separated values after RFC 4180, safe to open in a spreadsheet. */

/** A cell: a text, a number, a truth value, or nothing. */
export type CsvCell = string | number | boolean | null;

/**
 * First characters that make a spreadsheet read a text as a formula (OWASP, "CSV injection"), the full-width forms that
 * Excel takes for the same, and white space before them.
 */
const formulaStart = /^(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/u;

/**
 * One cell. The rule for texts: one that a spreadsheet could take for a formula (it begins with `=`, `+`, `-`, `@`, a tab
 * or a line break, with or without white space before) gets an apostrophe in front; nothing else is changed. Numbers stay
 * numbers, negative ones too, in the shortest form that reads back as the same float64. Truth values are TRUE and FALSE.
 */
export function csvCell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = formulaStart.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of a table: one a row, each ended by CR LF. */
export const csvRows = (rows: readonly (readonly CsvCell[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');

/**
 * The header line of a table.
 *
 * @param byteOrderMark puts U+FEFF in front, by which Excel knows that the file is UTF-8
 */
export const csvHead = (columns: readonly string[], byteOrderMark: boolean): string =>
  `${byteOrderMark ? '\ufeff' : ''}${csvRows([columns])}`;
