import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

/** Rooms whose tests only compute: their files share a process, which loads what they import once instead of for each of them. */
const computing = '{app,renderer}/**/*.test.ts'

export default defineConfig({
  plugins: [svelte()],
  // Runes in state classes need Svelte's client build, as in the page.
  resolve: { conditions: ['browser'] },
  test: {
    // Two cores; tests that start an engine process share them with it.
    maxWorkers: 2,
    testTimeout: 60_000,
    // ONNX Runtime, loaded by some tests, reports to its maker otherwise.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'computing', include: [computing], isolate: false } },
      {
        extends: true,
        test: { name: 'machine', include: ['{main,models,scripts,e2e}/**/*.test.ts'] },
      },
    ],
  },
})
