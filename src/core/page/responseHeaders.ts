/** What every host of the built page sends with it: vite preview, the service, and the service worker. */

/**
 * What the built page and its workers may do: talk to their own origin and nothing else. `wasm-unsafe-eval` compiles
 * WebAssembly and allows no JavaScript from strings; both runtimes do without. The page carries it as a meta element;
 * workers have the policy of their own response, which the host's headers or the service worker give them.
 */
export const contentSecurityPolicy: string = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Threads in WebAssembly need a cross-origin isolated page: these two headers, on every response. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const;
