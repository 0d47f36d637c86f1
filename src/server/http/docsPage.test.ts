import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describedService } from '#server/http/describedService.ts';

let service: FastifyInstance;

beforeAll(async () => {
  service = await describedService();
});

afterAll(async () => service.close());

/** Addresses in attributes of a page, in `url()` and `@import` of a style. */
const addresses = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /\b(?:src|href|action|srcset)\s*=\s*"([^"]*)"|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)/g,
    ),
  ].map((found) => found[1] ?? found[2] ?? found[3] ?? '');

it('the page and all that it loads are of the own origin, and there', async () => {
  const page = await service.inject('/docs');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  const assets = addresses(page.body);
  expect(assets.length).toBeGreaterThan(5);
  for (const asset of assets) {
    expect(asset).toMatch(/^\/docs\/static\//);
    const answer = await service.inject(asset);
    expect(answer.statusCode, asset).toBe(200);
    if (!asset.endsWith('.css')) continue;
    for (const inner of addresses(answer.body)) expect(inner, asset).toMatch(/^data:/);
  }
  // Whatever the bundle could reach for: the validator is the one address of another origin that it knows to ask.
  const initializer = await service.inject('/docs/static/swagger-initializer.js');
  expect(initializer.body).toContain('validatorUrl: null');
});

it('has a policy of its own, which allows no script from strings or pages and no other origin', async () => {
  for (const path of ['/docs', '/docs/', '/docs/static/swagger-ui-bundle.js']) {
    const { headers } = await service.inject(path);
    const policy = String(headers['content-security-policy']);
    expect(policy, path).toContain("default-src 'none'");
    expect(policy, path).toContain("script-src 'self';");
    expect(policy, path).not.toMatch(/https?:|unsafe-eval|\*/);
  }
  const elsewhere = await service.inject('/api/models');
  expect(String(elsewhere.headers['content-security-policy'])).not.toContain('unsafe-inline');
});

it('shows the document of /openapi.json', async () => {
  const shown = await service.inject('/docs/json');
  expect(shown.json()).toEqual((await service.inject('/openapi.json')).json());
});
