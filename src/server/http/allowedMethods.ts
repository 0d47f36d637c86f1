import type { FastifyInstance } from 'fastify';

/**
 * Which methods an address has, to tell a wrong method from a wrong address. To be called before the first route.
 *
 * @returns A function of a path without its query; an empty list where there is no such address.
 */
export function watchMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    // What a wildcard holds is found out by looking, and only with GET.
    if (url.endsWith('*')) return;
    const pattern = url
      .split('/')
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`),
      )
      .join('/');
    routes.push({ pattern: new RegExp(`^${pattern}$`), methods: Array.isArray(method) ? method : [method] });
  });
  return (path) => {
    const found = routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    return [...new Set(found)].toSorted();
  };
}
