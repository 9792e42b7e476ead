import preact from '@preact/preset-vite';
import { defineConfig, type UserConfig } from 'vite';

/**
 * Builds the UI into `dist/ui`, beside the server that serves it. `base: './'` keeps every asset reference relative, so that the files work
 * under any mount path.
 */
const config: UserConfig = defineConfig({
  root: 'ui',
  base: './',
  plugins: [preact()],
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: 'es2023',
    // Browsers that know `light-dark()`; older targets make the minifier expand every colour into two.
    cssTarget: ['chrome125', 'firefox128', 'safari17.5'],
    // A `data:` font or image is not worth a wider CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});

export default config;
