import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import { linuxProgram } from './flip-fuses.ts'
import { isRuntimeFile, nativeClosure } from './native-packages.ts'
import { billOfMaterials, licenceTexts } from './notices.ts'
import { copyStarterPack, shippedPackages } from './npm-package.ts'

export interface ElectronAppOptions {
  readonly repository: string
  /** Is emptied. */
  readonly folder: string
  readonly platform?: string
  readonly arch?: string
}

/** Which npm packages are in each bundle; written beside them, not shipped. */
export const packageLists = ['out/packages-main.json', 'out/packages-preload.json', 'out/packages-renderer.json']
const built = ['out/main/entry.js', 'out/main/engine-process.js', 'out/preload/preload.cjs', 'out/renderer/index.html']

/**
 * Gathers what goes into `app.asar`: bundles, page, starter pack, and of the native packages only what this kind of machine runs.
 * @throws StudioError `internal` when the bundles are not built, `packMissing` when there is no starter pack
 */
export function makeElectronApp({
  repository,
  folder,
  platform = process.platform,
  arch = process.arch,
}: ElectronAppOptions): void {
  const missing = [...built, ...packageLists].filter((file) => !existsSync(join(repository, file)))
  if (missing.length > 0)
    throw new StudioError('internal', `Not built: ${missing.join(', ')}. Run "npm run build:electron".`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of ['main', 'preload', 'renderer'])
    cpSync(join(repository, 'out', name), join(folder, 'out', name), { recursive: true })
  for (const file of ['LICENSE', 'NOTICE']) {
    if (existsSync(join(repository, file))) cpSync(join(repository, file), join(folder, file))
  }
  copyStarterPack(repository, folder)
  const natives = nativeClosure(join(repository, 'node_modules'))
  for (const native of natives)
    copyRuntimeFiles(native.folder, join(folder, 'node_modules', native.name), native.name, platform, arch)
  writePackageJson(repository, folder, natives)
  const bundled = packageLists.flatMap((list) => JSON.parse(readFileSync(join(repository, list), 'utf8')) as string[])
  writeNotices(repository, folder, new Set(bundled))
}

/** Licence texts and a bill of materials of all that is in the program; Electron's own come with its binary. */
function writeNotices(repository: string, folder: string, bundled: ReadonlySet<string>): void {
  const packages = shippedPackages(join(repository, 'node_modules'), bundled)
  const { name, version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as Record<string, string>
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenceTexts(packages))
  writeFileSync(join(folder, 'sbom.cdx.json'), billOfMaterials(name ?? '', version ?? '', packages))
}

function copyRuntimeFiles(source: string, target: string, name: string, platform: string, arch: string): void {
  for (const path of filesBelow(source)) {
    if (!isRuntimeFile(name, path, platform, arch)) continue
    mkdirSync(dirname(join(target, path)), { recursive: true })
    cpSync(join(source, path), join(target, path))
  }
}

/** Paths of all files below a folder, with slashes. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

function writePackageJson(
  repository: string,
  folder: string,
  natives: readonly { readonly name: string; readonly version: string }[],
): void {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  const dependencies = Object.fromEntries(natives.map((native) => [native.name, native.version]))
  const json = {
    name,
    productName: 'Easel',
    // By this Linux desktops know whose window it is.
    desktopName: `${linuxProgram}.desktop`,
    version,
    description,
    license,
    author: 'The authors of Easel',
    type: 'module',
    main: 'out/main/entry.js',
    dependencies,
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(json, null, 2)}\n`)
}
