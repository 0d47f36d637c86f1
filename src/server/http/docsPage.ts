import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { program } from '#server/program.ts';

/**
 * The page shows what it has and asks nobody: everything is of its own origin. Its only licence beyond the built page's
 * policy is style attributes, which the renderer writes into its markup.
 */
export const docsContentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Runs in the page: the template of the renderer has no viewport, and phones would show it small. */
const phoneScript = `{
  const meta = document.createElement('meta');
  meta.name = 'viewport';
  meta.content = 'width=device-width, initial-scale=1';
  document.head.append(meta);
}
`;

const style = `
.swagger-ui .topbar { display: none; }
`;

/** The description of the interface as a page at GET /docs. After `describeApi`. */
export async function registerDocsPage(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsContentSecurityPolicy,
    uiConfig: {
      docExpansion: 'list',
      deepLinking: false,
      displayRequestDuration: true,
      tryItOutEnabled: true,
    },
    theme: {
      title: `${program.name} service`,
      css: [{ filename: 'docs.css', content: style }],
      js: [{ filename: 'docs.js', content: phoneScript }],
    },
  });
}
