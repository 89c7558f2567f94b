import { defineConfig } from 'vite';
import { compress } from './vite.compress.ts';

const SERVICE = process.env['AUTOSCALER_URL'] ?? 'http://127.0.0.1:8080';
const API = ['/auth', '/clusters', '/events', '/audit', '/users', '/operations', '/health', '/socket.io'];

export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  build: {
    outDir: '../../dist/apps/dashboard',
    emptyOutDir: true,
    target: 'es2023',
    // The page's policy forbids nothing that modules need; what a polyfill would help cannot run the rest either.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      checks: { pluginTimings: false },
      onLog(level, log, handle) {
        // Libraries mark what servers must not render ('use client'); nothing is rendered on a server here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  plugins: [compress()],
  // `npm run dashboard`: the page alone, renewed on every change, in front of a service that runs.
  server: {
    proxy: Object.fromEntries(API.map((path) => [path, { target: SERVICE, ws: path === '/socket.io' }])),
  },
});
