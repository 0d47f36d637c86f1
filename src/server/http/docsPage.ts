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

/** What a service in a company's network has no use for, and what does not fit a phone. */
const style = `
.swagger-ui .topbar { display: none; }
.swagger-ui .opblock-description-wrapper p, .swagger-ui .markdown p { overflow-wrap: anywhere; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 12px; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock-body { overflow-x: auto; }
  .swagger-ui table.parameters, .swagger-ui table.parameters tbody, .swagger-ui table.parameters tr,
  .swagger-ui table.parameters td { display: block; }
  .swagger-ui table.parameters thead { display: none; }
  .swagger-ui .parameters-col_description input, .swagger-ui .parameters-col_description select { max-width: 100%; }
  .swagger-ui table.parameters td.parameters-col_name { padding-bottom: 0; }
  .swagger-ui .responses-table .response-col_links { display: none; }
  .swagger-ui table.responses-table tbody tr td { padding-inline: 4px; }
  .swagger-ui .responses-table { table-layout: fixed; }
  .swagger-ui .responses-table .response-col_status { width: 44px; min-width: 0; }
}
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
