import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readApiKeys } from '#server/http/apiKeys.ts';

const key = 'a'.repeat(24);
const other = 'b'.repeat(24);
const inFile = async (text: string, apiKeysInline: string | null = null) => {
  const path = join(mkdtempSync(join(tmpdir(), 'acousticsense-keys-')), 'keys');
  writeFileSync(path, text);
  return readApiKeys({ apiKeys: path, apiKeysInline });
};

describe('readApiKeys', () => {
  it('asks for none where none are configured', async () => {
    expect(await readApiKeys({ apiKeys: null, apiKeysInline: null })).toEqual({ ok: true, value: null });
  });

  it('reads a file with comments and the environment, and finds names by either header', async () => {
    const keys = await inFile(`\ufeff# ours\r\n\r\n cms : ${key} \n`, `desk:${other}`);
    if (!keys.ok || keys.value === null) throw new Error('no keys');
    const { value } = keys;
    expect(value.nameOf({ authorization: `Bearer ${key}` })).toBe('cms');
    expect(value.nameOf({ authorization: `bearer  ${key} ` })).toBe('cms');
    expect(value.nameOf({ 'x-api-key': other })).toBe('desk');
    for (const headers of [
      {},
      { authorization: key },
      { authorization: `Basic ${key}` },
      { 'x-api-key': '' },
      { 'x-api-key': `${key} ${key}` },
      { 'x-api-key': [key] as never },
    ]) {
      expect(value.nameOf(headers)).toBeNull();
    }
  });

  it.each([
    ['', 'empty'],
    ['# nothing\n', 'empty'],
    ['cms\n', 'line 1'],
    [`\n:${key}`, 'line 2'],
    [`a b:${key}`, 'line 1'],
    ['cms:short-key', 'at least 16'],
    [`cms:${key} ${key}`, 'visible'],
    [`cms:${key}\ncms:${other}`, 'twice'],
  ])('refuses %j without repeating a key', async (text, expected) => {
    const read = await inFile(text);
    if (read.ok) throw new Error('it was taken');
    expect(read.error).toContain(expected);
    expect(read.error).not.toContain(key);
    expect(read.error).not.toContain('short-key');
  });

  it('says where the file is not there', async () => {
    const read = await readApiKeys({ apiKeys: '/nowhere/keys', apiKeysInline: null });
    expect(read).toMatchObject({ ok: false, error: expect.stringContaining('/nowhere/keys') as string });
  });
});
