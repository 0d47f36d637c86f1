/** Where a program of the service writes: one JSON object a line. Never the content of a file, never a key. */
export interface ServiceLog {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}
