import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import { bundleForNode, bundlePage } from './bundle.ts'
import { nativeClosure, nativePackages, readPackage, type InstalledPackage } from './native-packages.ts'
import { billOfMaterials, licenceTexts } from './notices.ts'

/** Where the programs lie in the package: two folders deep as in the repository, so that paths from them lead to the same places. */
const programs = 'dist/main'

const starter = `#!/usr/bin/env node
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(\`Easel needs Node 24 or newer; this is \${process.version}.\`)
  process.exit(1)
}
const isStudio = process.argv[2] === 'studio'
if (isStudio) process.argv.splice(2, 1)
await import(isStudio ? '../dist/main/studio.js' : '../dist/main/easel.js')
`

interface RootPackage {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
}

/**
 * Makes the folder that `npm pack` turns into the tarball: command line, browser shell, engine process, page and starter pack. Only native
 * packages are left to npm.
 * @param folder is emptied
 * @returns the packages whose code is inside, for licences and tests
 * @throws StudioError `packMissing` when there is no starter pack
 */
export async function makeNpmPackage(
  repository: string,
  folder: string,
  buildPage: typeof bundlePage = bundlePage,
): Promise<readonly InstalledPackage[]> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'bin'), { recursive: true })
  copyStarterPack(repository, folder)

  const names = new Set<string>()
  const onPackage = (name: string): unknown => names.add(name)
  const entries = {
    easel: 'main/shells/cli/entry.ts',
    studio: 'main/shells/browser/entry.ts',
    'process/fork-entry': 'main/engine/process/fork-entry.ts',
  }
  await bundleForNode({ repository, outDir: join(folder, programs), entries, onPackage })
  await buildPage(repository, join(folder, 'out/renderer'), onPackage)

  writeFileSync(join(folder, 'bin/easel.js'), starter)
  chmodSync(join(folder, 'bin/easel.js'), 0o755)
  const root = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as RootPackage
  const modules = join(repository, 'node_modules')
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson(root, modules), null, 2)}\n`)
  const packages = shippedPackages(modules, names)
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenceTexts(packages))
  writeFileSync(join(folder, 'sbom.cdx.json'), billOfMaterials(root.name, root.version, packages))
  for (const file of ['LICENSE', 'NOTICE', 'README.md']) {
    if (existsSync(join(repository, file))) cpSync(join(repository, file), join(folder, file))
  }
  return packages
}

export function copyStarterPack(repository: string, folder: string): void {
  const source = join(repository, 'models/starter/pack')
  if (!existsSync(join(source, 'pack.json'))) {
    throw new StudioError('packMissing', `There is no starter pack to ship: ${source} has no pack.json.`)
  }
  cpSync(source, join(folder, 'models/starter/pack'), { recursive: true })
}

/** @param bundled names of the packages whose code is in the bundles */
export function shippedPackages(modules: string, bundled: ReadonlySet<string>): readonly InstalledPackage[] {
  const natives = nativeClosure(modules)
  const nativeNames = new Set(natives.map(({ name }) => name))
  const others = [...bundled]
    .filter((name) => !nativeNames.has(name))
    .flatMap((name) => readPackage(modules, name) ?? [])
  return [...natives, ...others].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function packageJson({ name, version, description, license }: RootPackage, modules: string): unknown {
  const dependencies = nativePackages.map((native) => [native, readPackage(modules, native)?.version ?? '*'] as const)
  return {
    ...{ name, version, description, license },
    type: 'module',
    bin: { easel: 'bin/easel.js' },
    engines: { node: '>=24' },
    files: ['bin', 'dist', 'out', 'models', 'LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES.txt', 'sbom.cdx.json'],
    dependencies: Object.fromEntries(dependencies),
  }
}
