import { defineConfig } from 'vite';
import { compress } from './vite.compress.ts';
import { rules } from './vite.rules.ts';

const SERVICE = process.env['AUTOSCALER_URL'] ?? 'http://127.0.0.1:8080';
const API = ['/auth', '/clusters', '/events', '/audit', '/users', '/operations', '/health', '/socket.io'];

export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  build: {
    outDir: '../../dist/apps/dashboard',
    emptyOutDir: true,
    target: 'es2023',
    // Module preload works under the page's policy; browsers that need the polyfill cannot run the page anyway.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      checks: { pluginTimings: false },
      onLog(level, log, handle) {
        // Libraries mark modules for server rendering ('use client'), which is not used here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  plugins: [rules(), compress()],
  // `npm run dashboard`: the page alone, reloaded on every change, in front of a running service.
  server: {
    proxy: Object.fromEntries(API.map((path) => [path, { target: SERVICE, ws: path === '/socket.io' }])),
  },
});
