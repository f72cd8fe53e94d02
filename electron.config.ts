import { defineConfig, mergeConfig } from 'electron-vite'

import { writePackageList } from './main/shells/packaging/bundle.ts'
import { packageLists } from './main/shells/packaging/electron-package.ts'
import renderer from './renderer/vite.config.ts'

const [mainList = '', preloadList = '', rendererList = ''] = packageLists

/** Native modules stay outside the bundles, which hold everything else; electron-builder takes these along unpacked. */
const external = ['better-sqlite3', 'onnxruntime-node', 'sharp']

const common = { target: 'node24', emptyOutDir: true, minify: false, sourcemap: false } as const

/** Drives electron-vite: main process and engine process, preload, page. Nothing here needs Electron's binary. */
export default defineConfig({
  main: {
    plugins: [writePackageList(mainList)],
    build: {
      ...common,
      outDir: 'out/main',
      externalizeDeps: false,
      rollupOptions: {
        external,
        input: { entry: 'main/shells/electron/entry.ts', 'engine-process': 'main/engine/process/utility-entry.ts' },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    plugins: [writePackageList(preloadList)],
    build: {
      ...common,
      outDir: 'out/preload',
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: 'main/shells/electron/preload.ts' },
        // A sandboxed preload is CommonJS and one file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: mergeConfig(renderer, {
    plugins: [writePackageList(rendererList)],
    build: { rollupOptions: { input: 'renderer/index.html' } },
  }),
})
