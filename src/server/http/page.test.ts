import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { createHttpService } from '#server/http/httpService.ts';
import { fakeParts } from '#server/http/testing/fakeParts.ts';
import viteConfig from '../../../vite.config.ts';

describe('the built page', () => {
  const root = mkdtempSync(join(tmpdir(), 'acousticsense-page-'));
  let app: FastifyInstance;
  beforeAll(async () => {
    const files = {
      'dist/index.html': '<!doctype html><p>page',
      'dist/sw.js': '// worker',
      'dist/assets/main-abc123.js': '// code',
      'dist/assets/ort-abc123.wasm': '\0asm',
      'dist/models/index.json': '["of the page"]',
      'dist/.secret': 'secret',
      'models/index.json': '["own"]',
      'models/m/model.safetensors': '0123456789',
      'outside.txt': 'outside',
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(root, name, '..'), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const parts = fakeParts();
    const places = { page: join(root, 'dist'), models: join(root, 'models') };
    app = await createHttpService({ ...parts, settings: { ...parts.settings, noPage: false, ...places } });
  });
  afterAll(async () => {
    await app.close();
    rmSync(root, { recursive: true });
  });

  it('has the headers that vite preview sends, on every file', async () => {
    const { preview } = viteConfig as { preview: { headers: Record<string, string> } };
    expect(Object.keys(preview.headers)).toHaveLength(3);
    for (const url of ['/', '/index.html', '/assets/main-abc123.js', '/models/m/model.safetensors']) {
      const { statusCode, headers } = await app.inject({ url });
      expect([url, statusCode]).toEqual([url, 200]);
      for (const [name, value] of Object.entries(preview.headers)) {
        expect([url, name, headers[name.toLowerCase()]]).toEqual([url, name, value]);
      }
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/sw.js', 'application/javascript; charset=utf-8', 'no-cache'],
    [
      '/assets/main-abc123.js',
      'application/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ],
    ['/assets/ort-abc123.wasm', 'application/wasm', 'public, max-age=31536000, immutable'],
    ['/models/index.json', 'application/json; charset=utf-8', 'no-cache'],
  ])('serves %s as %s, kept as %s', async (url, type, cache) => {
    const { headers } = await app.inject({ url });
    expect([headers['content-type'], headers['cache-control']]).toEqual([type, cache]);
  });

  it('takes models from their own folder, in ranges, and says when nothing changed', async () => {
    expect((await app.inject('/models/index.json')).body).toBe('["own"]');
    const part = await app.inject({ url: '/models/m/model.safetensors', headers: { range: 'bytes=2-4' } });
    expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
    const { etag } = (await app.inject('/index.html')).headers;
    const again = await app.inject({ url: '/index.html', headers: { 'if-none-match': String(etag) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('serves nothing else', async () => {
    for (const url of [
      '/nothing',
      '/.secret',
      '/assets',
      '/models/',
      '/../outside.txt',
      '/..%2foutside.txt',
      '/%2e%2e/outside.txt',
      '/assets/..%2f..%2foutside.txt',
      '/models/..%2f..%2foutside.txt',
      '/assets/%00',
    ]) {
      const { statusCode, body } = await app.inject({ url });
      expect([url, statusCode >= 400 && statusCode < 500]).toEqual([url, true]);
      expect(body).not.toMatch(/outside|secret/);
      expect(JSON.parse(body)).toHaveProperty('advice');
    }
  });
});
