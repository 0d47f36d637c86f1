import { analysisError, type AnalysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';

type Details = Readonly<Record<string, string | number>>;

/** Leaves a reader from any depth; never leaves the module that reads (see `refusable`). */
class Refusal extends Error {
  readonly details: Details;
  constructor(message: string, details: Details) {
    super(message);
    this.details = details;
  }
}

/** Stops reading. The names in message and details may come from the file: they are cut and made printable. */
export function refuse(message: string, details: Details = {}): never {
  throw new Refusal(
    printable(message, 400),
    Object.fromEntries(
      Object.entries(details).map(([key, value]) => [
        key,
        typeof value === 'string' ? printable(value, 120) : value,
      ]),
    ),
  );
}

const printable = (text: string, length: number): string =>
  // Control and format characters could forge lines of a log or turn text around.
  text.slice(0, length).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');

/** Runs a reader; what it refused becomes a `checkpoint-refused` value, everything else stays a bug and is thrown on. */
export function refusable<T>(read: () => T): Result<T, AnalysisError> {
  try {
    return ok(read());
  } catch (reason) {
    if (reason instanceof Refusal)
      return err(analysisError('checkpoint-refused', reason.message, reason.details));
    throw reason;
  }
}
