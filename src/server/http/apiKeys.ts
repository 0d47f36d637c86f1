import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { err, ok, type Result } from '#core/result.ts';
import type { ServiceSettings } from '#server/settings/settings.ts';

/** Who may ask. Only digests of the keys are kept. */
export interface ApiKeys {
  /** Name of the key that a request carries; null where it carries none, or one that is unknown. */
  nameOf(headers: IncomingHttpHeaders): string | null;
}

const leastKeyLength = 16;
const keyName = /^[\w.@-]{1,64}$/;

/**
 * The keys of `--api-keys` (one "name:key" a line; empty lines and lines that begin with # are left out) and of
 * ACOUSTICSENSE_API_KEYS_INLINE ("name:key,name:key"). Null where neither is given: then nobody needs a key.
 *
 * The error is a sentence for the person who configured it; it never holds a key.
 */
export async function readApiKeys(
  settings: Pick<ServiceSettings, 'apiKeys' | 'apiKeysInline'>,
): Promise<Result<ApiKeys | null, string>> {
  const entries: { readonly text: string; readonly where: string }[] = [];
  if (settings.apiKeys !== null) {
    let text: string;
    try {
      text = await readFile(settings.apiKeys, 'utf8');
    } catch (cause) {
      return err(
        `--api-keys: ${settings.apiKeys} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? ''}`,
      );
    }
    text.split(/\r?\n/).forEach((line, index) => {
      const entry = line.replace(/^\ufeff/, '').trim();
      if (entry !== '' && !entry.startsWith('#')) entries.push({ text: entry, where: `line ${index + 1}` });
    });
  }
  (settings.apiKeysInline ?? '').split(',').forEach((part, index) => {
    const entry = part.trim();
    if (entry !== '')
      entries.push({ text: entry, where: `entry ${index + 1} of ACOUSTICSENSE_API_KEYS_INLINE` });
  });
  if (settings.apiKeys === null && settings.apiKeysInline === null) return ok(null);
  // An empty file must lock the door, not open it: the mistake shows at the start.
  if (entries.length === 0) return err('the list of API keys is empty; leave it out to ask for no key');
  const keys = new Map<string, Buffer>();
  for (const { text, where } of entries) {
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(0, colon)).trim();
    const key = text.slice(colon + 1).trim();
    if (!keyName.test(name))
      return err(`API keys, ${where}: expected "name:key", the name of 1 to 64 letters, digits and . _ @ -`);
    if (key.length < leastKeyLength || !/^[\x21-\x7e]+$/.test(key)) {
      return err(
        `API keys, ${where}: the key of ${name} needs at least ${leastKeyLength} visible ASCII characters`,
      );
    }
    if (keys.has(name)) return err(`API keys, ${where}: ${name} is there twice`);
    keys.set(name, digest(key));
  }
  return ok({
    nameOf(headers) {
      const given = keyIn(headers);
      if (given === null) return null;
      const own = digest(given);
      // All are compared, equal or not: the time says nothing about which one, or how far.
      let found: string | null = null;
      for (const [name, expected] of keys) if (timingSafeEqual(own, expected)) found = name;
      return found;
    },
  });
}

const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

/** The key of a request: "Authorization: Bearer KEY", else "X-API-Key: KEY". */
function keyIn(headers: IncomingHttpHeaders): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' && header !== '' ? header.trim() : null);
}
