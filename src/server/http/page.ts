import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { contentSecurityPolicy, isolationHeaders } from '#core/page/responseHeaders.ts';
import type { ServiceSettings } from '#server/settings/settings.ts';

const pageHeaders = {
  ...isolationHeaders,
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

const yearSeconds = 31_536_000;

/** How long a browser may keep a file: names with a hash for ever, everything else is asked for again (and answered 304). */
function cacheControl(path: string): string {
  return path.startsWith('assets/') ? `public, max-age=${yearSeconds}, immutable` : 'no-cache';
}

/**
 * The built page, with the headers of vite preview: one process is the whole product. Models come from `--models` where
 * that folder is there, so that a model of one's own needs no build; else from the page's own.
 *
 * Directories are not listed, files that begin with a dot are not served, and nothing outside the two folders is.
 */
export async function servePage(
  app: FastifyInstance,
  settings: Pick<ServiceSettings, 'page' | 'models'>,
): Promise<void> {
  const shared = {
    dotfiles: 'ignore',
    // Ours, in setHeaders.
    cacheControl: false,
    etag: true,
    lastModified: true,
    acceptRanges: true,
    index: 'index.html',
  } as const;
  await app.register(fastifyStatic, {
    ...shared,
    root: settings.page,
    prefix: '/',
    setHeaders(reply, path) {
      void reply.headers(pageHeaders);
      void reply.header('Cache-Control', cacheControl(relative(settings.page, path).replaceAll('\\', '/')));
    },
  });
  if (!existsSync(join(settings.models, 'index.json'))) return;
  await app.register(fastifyStatic, {
    ...shared,
    root: settings.models,
    prefix: '/models/',
    index: false,
    decorateReply: false,
    setHeaders(reply) {
      void reply.headers(pageHeaders);
      void reply.header('Cache-Control', 'no-cache');
    },
  });
}
