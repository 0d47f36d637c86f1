/*
 * How threads and child processes run the TypeScript sources. By address, because a bare name is looked up from the
 * working directory, and a service may be started anywhere.
 */

/** Flags of a child process: the loader that this program was started with. */
export const sourceLoader: readonly string[] = ['--import', import.meta.resolve('tsx')];

/**
 * The first lines of a worker thread, as CommonJS text: Node 20 does not give the flag above to threads, so a thread
 * registers the loader itself.
 */
export const threadSource = (module: URL): string =>
  `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
    .then(({ register }) => (register(), import(${JSON.stringify(module.href)})));`;
