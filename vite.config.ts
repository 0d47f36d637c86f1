import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { contentSecurityPolicy, isolationHeaders } from './src/core/page/responseHeaders.ts';

/** Writes the policy into the built page; the development server injects inline scripts that it would refuse. */
function strictPolicy(): Plugin {
  return {
    name: 'acousticsense-content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** The service worker (src/workers/offline/sw.ts) with the list of the build's files, and the web manifest. */
const offline = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src/workers/offline',
  filename: 'sw.ts',
  injectRegister: null,
  injectManifest: {
    injectionPoint: 'self.PRECACHE_MANIFEST',
    // The .wasm files and the font are listed, not precached: the service worker keeps those in use. Models stay out.
    globPatterns: ['**/*.{html,js,css,svg,png,webmanifest,wasm,ttf}', 'samples/*', 'schemas/*'],
    globIgnores: ['models/**', 'sw.js'],
    maximumFileSizeToCacheInBytes: 40 * 1024 * 1024,
    dontCacheBustURLsMatching: /^assets\//,
  },
  manifest: {
    name: 'AcousticSense AI',
    short_name: 'AcousticSense',
    id: 'acousticsense-ai',
    description:
      'Drop a song, see its five most likely genres and where the model looked. Nothing is uploaded.',
    display: 'standalone',
    start_url: '.',
    scope: '.',
    lang: 'en',
    categories: ['music', 'productivity', 'utilities'],
    background_color: '#111418',
    theme_color: '#111418',
    icons: [
      { src: 'icons/icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: 'icons/icon-512.png', sizes: '512x512', type: 'image/png' },
      { src: 'icons/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
      { src: 'favicon.svg', sizes: 'any', type: 'image/svg+xml' },
    ],
  },
});

export default defineConfig({
  plugins: [react(), strictPolicy(), offline],
  worker: { format: 'es' },
  // The runtime finds its .wasm and starts its threads by its own address, which pre-bundling would change.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: { target: 'es2023', sourcemap: false, assetsInlineLimit: 0 },
  server: { headers: isolationHeaders },
  preview: {
    headers: { ...isolationHeaders, 'Content-Security-Policy': contentSecurityPolicy },
    port: 4173,
    strictPort: false,
  },
});
