import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type Plugin, type Rolldown } from 'vite'

import { nativePackages } from './native-packages.ts'

export interface BundleOptions {
  readonly repository: string
  readonly outDir: string
  /** Name in `outDir` without extension → source, relative to the repository. */
  readonly entries: Readonly<Record<string, string>>
  /** Gets the names of the npm packages whose code is in the bundle. */
  readonly onPackage: (name: string) => void
}

/** Bundles programs for Node: one folder of plain JavaScript, because Node strips no types inside `node_modules`. */
export async function bundleForNode({ repository, outDir, entries, onPackage }: BundleOptions): Promise<void> {
  const input = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(repository, file)]))
  await build({
    root: repository,
    configFile: false,
    logLevel: 'error',
    plugins: [pointAtBundledEngine(), reportPackages(onPackage)],
    ssr: { noExternal: true, external: [...nativePackages] },
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: true,
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        input,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
}

/** The page, built as everywhere, with the packages it holds reported. */
export async function bundlePage(repository: string, outDir: string, onPackage: (name: string) => void): Promise<void> {
  const configFile = join(repository, 'renderer/vite.config.ts')
  const cwd = process.cwd()
  process.chdir(repository)
  try {
    await build({
      configFile,
      logLevel: 'error',
      plugins: [reportPackages(onPackage)],
      build: { outDir, emptyOutDir: true },
    })
  } finally {
    process.chdir(cwd)
  }
}

/** The engine process is started by its file name, which has another ending after bundling. */
function pointAtBundledEngine(): Plugin {
  return {
    name: 'easel-engine-entry',
    transform(code, id) {
      if (!id.endsWith('main/engine/fork-engine.ts')) return undefined
      const changed = code.replace('process/fork-entry.ts', 'process/fork-entry.js')
      if (changed === code) this.error('fork-engine.ts names no fork-entry.ts any more: adapt the bundle.')
      return changed
    },
  }
}

/** Writes the names of the npm packages whose code is in a bundle, for licences and the bill of materials. */
export function writePackageList(file: string): Plugin {
  const names = new Set<string>()
  return {
    name: 'easel-write-package-list',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle))
        for (const id of modulesOf(part)) reportModule(id, (name) => names.add(name))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify([...names].sort()))
    },
  }
}

function reportPackages(onPackage: (name: string) => void): Plugin {
  return {
    name: 'easel-report-packages',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) for (const id of modulesOf(file)) reportModule(id, onPackage)
    },
  }
}

function modulesOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk): readonly string[] {
  return file.type === 'chunk' ? file.moduleIds : file.originalFileNames
}

function reportModule(id: string, onPackage: (name: string) => void): void {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]
  if (name !== undefined) onPackage(name)
}
