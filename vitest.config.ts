import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte()],
  // Runes in state classes need Svelte's client build, as in the page.
  resolve: { conditions: ['browser'] },
  test: {
    include: ['{app,main,renderer,models,scripts,e2e}/**/*.test.ts'],
    // Two cores; tests that start an engine process share them with it.
    maxWorkers: 2,
    testTimeout: 60_000,
    // ONNX Runtime, loaded by some tests, reports to its maker otherwise.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    hookTimeout: 60_000,
  },
})
