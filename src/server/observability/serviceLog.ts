/** Where a program of the service writes: one JSON object a line. Never the content of a file, never a key. */
export interface ServiceLog {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** `silent` writes nothing; the others write themselves and what is worse. */
export type LogLevel = 'error' | 'warn' | 'info' | 'silent';

const rank = { error: 0, warn: 1, info: 2 } as const;

// Bounds of one line: whatever a client sends in a name, a line stays one that a collector takes (16 KiB is Docker's).
const longestText = 1000;
const mostEntries = 50;
const deepest = 5;
const longestLine = 12_000;

/** Names of fields that hold secrets, whoever put them in. `apiKeyName` and the like are names, not keys. */
const secretName =
  /^(?:.*[-_])?(?:authorization|cookie|password|passwd|secret|token|apikey|api[-_]key|key)$/i;
const secretCamelName = /(?:Authorization|Cookie|Password|Secret|Token|Key)$/;

/**
 * A log that writes one JSON line an event: `time` (ISO 8601, UTC), `level`, `event`, then the fields.
 *
 * It never throws, whatever the fields hold: a cycle is written as `[circular]`, an Error as its name, code and message,
 * bytes as their number, a getter that throws as `[unreadable]`. Texts are cut at 1000 characters, lists at 50 entries, a
 * line at about 12 000 characters. Characters that end a line or steer a terminal are escaped, so that a file's name cannot
 * forge an entry. Fields whose name says that they are a secret, and passwords in addresses, are replaced by `[hidden]`.
 *
 * @param write Takes a whole line with its end. What it throws is dropped: no log is worth a request.
 */
export function createServiceLog(
  level: LogLevel,
  write: (line: string) => void = (line) => process.stdout.write(line),
): ServiceLog {
  const highest = level === 'silent' ? -1 : rank[level];
  const at =
    (own: keyof typeof rank) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (rank[own] > highest) return;
      try {
        write(`${lineOf(own, event, fields)}\n`);
      } catch {
        // The reader of the log has gone. There is nobody left to tell.
      }
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function lineOf(level: string, event: string, fields: Readonly<Record<string, unknown>>): string {
  const head = { time: new Date().toISOString(), level, event: plainText(event) };
  const plain = plainValue(fields, [], 0);
  const rest = typeof plain === 'object' && plain !== null ? Object.entries(plain) : [];
  // A field does not take the place of the three that every line has.
  const own = rest.map(([name, value]) => [name in head ? `_${name}` : name, value]);
  const line = visible(JSON.stringify({ ...head, ...Object.fromEntries(own) }));
  if (line.length <= longestLine) return line;
  return visible(
    JSON.stringify({ ...head, cut: line.length, fields: line.slice(0, 4000).replaceAll(/\\?$/g, '') }),
  );
}

function plainValue(value: unknown, above: readonly unknown[], depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return plainText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
      return plainText(String(value));
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
    default:
      break;
  }
  if (value === null) return null;
  if (above.includes(value)) return '[circular]';
  if (depth >= deepest) return '[deep]';
  try {
    return plainObject(value as object, [...above, value], depth + 1);
  } catch {
    return '[unreadable]';
  }
}

function plainObject(value: object, above: readonly unknown[], depth: number): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof URL) return plainText(value.href);
  if (value instanceof Error) {
    const { name, message, cause } = value;
    const code: unknown = 'code' in value ? value.code : undefined;
    return {
      name: plainText(name),
      message: plainText(message),
      ...(code === undefined ? {} : { code: plainValue(code, above, depth) }),
      ...(cause === undefined ? {} : { cause: plainValue(cause, above, depth) }),
    };
  }
  if (value instanceof Map) return plainObject(Object.fromEntries(value), above, depth);
  if (value instanceof Set) return plainObject([...value], above, depth);
  if (Array.isArray(value)) {
    const kept = value.slice(0, mostEntries).map((entry) => plainValue(entry, above, depth));
    return value.length > mostEntries ? [...kept, `[${value.length - mostEntries} more]`] : kept;
  }
  const names = Object.keys(value);
  const kept = names.slice(0, mostEntries).map((name) => [
    plainText(name),
    // Read inside a function of its own: one getter that throws costs its own field only.
    secretName.test(name) || secretCamelName.test(name)
      ? '[hidden]'
      : readField(value as Record<string, unknown>, name, above, depth),
  ]);
  if (names.length > mostEntries) kept.push(['more', names.length - mostEntries]);
  return Object.fromEntries(kept);
}

function readField(
  object: Readonly<Record<string, unknown>>,
  name: string,
  above: readonly unknown[],
  depth: number,
): unknown {
  try {
    return plainValue(object[name], above, depth);
  } catch {
    return '[unreadable]';
  }
}

/** A text without passwords in addresses and bearer keys, at most `longestText` characters. */
function plainText(text: string): string {
  const short =
    text.length > longestText ? `${text.slice(0, longestText)}… (${text.length} characters)` : text;
  return short
    .toWellFormed()
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*@/gi, '$1[hidden]@')
    .replaceAll(/\b(bearer)\s+[\w.~+/=-]{8,}/gi, '$1 [hidden]');
}

/** JSON escapes what is below U+0020; this escapes the other characters that break lines, steer terminals or turn text around. */
const visible = (json: string): string =>
  json.replaceAll(
    /[\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
