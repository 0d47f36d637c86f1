/** What is wrong with a JSON document, and where: `frontEnd.input.mean[0]`; empty for the document itself. */
export interface JsonProblem {
  readonly path: string;
  readonly reason: string;
}

/** Leaves a reader from any depth; turned into a value by `readJson`. */
class JsonMismatch extends Error {
  readonly problem: JsonProblem;
  constructor(problem: JsonProblem) {
    super(`${problem.path}: ${problem.reason}`);
    this.problem = problem;
  }
}

interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** Excludes `min` itself. */
  readonly above?: number;
  readonly integer?: boolean;
}

/** A value of an unknown JSON document that knows where it stands. Every method returns what it promises or refuses with the path. */
export class JsonReader {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path = '') {
    this.value = value;
    this.path = path;
  }

  refuse(reason: string): never {
    throw new JsonMismatch({ path: this.path, reason });
  }

  record(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.refuse(`must be an object, is ${describe(value)}`);
    return Object.fromEntries(Object.entries(value));
  }

  field(name: string): JsonReader {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.refuse(`must be an object, is ${describe(value)}`);
    const path = this.path === '' ? name : `${this.path}.${name}`;
    return new JsonReader(Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined, path);
  }

  array(minLength: number, maxLength: number): readonly JsonReader[] {
    return this.list(minLength, maxLength).map((_, i) => this.entry(i));
  }

  private list(minLength: number, maxLength: number): readonly unknown[] {
    if (!Array.isArray(this.value)) return this.refuse(`must be a list, is ${describe(this.value)}`);
    const { length } = this.value;
    if (length < minLength || length > maxLength)
      return this.refuse(`must have ${minLength} to ${maxLength} entries, has ${length}`);
    return this.value;
  }

  entry(index: number): JsonReader {
    const entry: unknown = Array.isArray(this.value) ? this.value[index] : undefined;
    return new JsonReader(entry, `${this.path}[${index}]`);
  }

  /** A new list of numbers, all of them in range. */
  numbers(minLength: number, maxLength: number, range: NumberRange = {}): readonly number[] {
    const { min = -Infinity, max = Infinity, above = -Infinity, integer = false } = range;
    const isIn = (value: number): boolean => value >= min && value <= max && value > above;
    const values = this.list(minLength, maxLength);
    return values.map((value, i) =>
      // A reader an entry would be most of the work in reports of hours; only what is refused gets one.
      Number.isFinite(value) && !integer && isIn(value as number)
        ? (value as number)
        : this.entry(i).number(range),
    );
  }

  number({ min = -Infinity, max = Infinity, above = -Infinity, integer = false }: NumberRange = {}): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isFinite(value))
      return this.refuse(`must be a number, is ${describe(value)}`);
    if (integer && !Number.isSafeInteger(value)) return this.refuse(`must be a whole number, is ${value}`);
    if (value < min || value > max || value <= above) {
      const lowest = above > -Infinity ? `above ${above}` : `at least ${min}`;
      return this.refuse(`must be ${lowest}${max < Infinity ? ` and at most ${max}` : ''}, is ${value}`);
    }
    return value;
  }

  integer(min: number, max: number): number {
    return this.number({ min, max, integer: true });
  }

  boolean(): boolean {
    return typeof this.value === 'boolean'
      ? this.value
      : this.refuse(`must be true or false, is ${describe(this.value)}`);
  }

  /** A text of 1 to `maxLength` characters that `pattern` matches. */
  text(maxLength: number, pattern: RegExp = /^[^\p{Cc}]+$/u): string {
    const { value } = this;
    if (typeof value !== 'string') return this.refuse(`must be a text, is ${describe(value)}`);
    if (value.length === 0 || value.length > maxLength || !pattern.test(value))
      return this.refuse(`must be a text of 1 to ${maxLength} characters of the form ${pattern.source}`);
    return value;
  }

  /** Any text of 0 to `maxLength` characters: a file name, a note, a message of a runtime. Shown as text, never as markup. */
  anyText(maxLength: number): string {
    const { value } = this;
    if (typeof value !== 'string') return this.refuse(`must be a text, is ${describe(value)}`);
    return value.length <= maxLength
      ? value
      : this.refuse(`must be a text of at most ${maxLength} characters, has ${value.length}`);
  }

  /** Null, or what `read` makes of the value. */
  nullable<T>(read: (reader: JsonReader) => T): T | null {
    return this.value === null ? null : read(this);
  }

  oneOf<T extends string | number | boolean>(...allowed: readonly T[]): T {
    const found = allowed.find((candidate) => candidate === this.value);
    return (
      found ??
      this.refuse(`must be ${allowed.map((x) => JSON.stringify(x)).join(' or ')}, is ${describe(this.value)}`)
    );
  }
}

/** A value for a message: short, and never more than a hint of what a stranger wrote. */
function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return (JSON.stringify(value) ?? typeof value).slice(0, 60);
}

/** Runs a reader over a document: its result, or the first problem it met. */
export function readJson<T>(
  document: unknown,
  read: (reader: JsonReader) => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: JsonProblem } {
  try {
    return { ok: true, value: read(new JsonReader(document)) };
  } catch (reason) {
    if (reason instanceof JsonMismatch) return { ok: false, error: reason.problem };
    throw reason;
  }
}
