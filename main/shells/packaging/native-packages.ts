import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Packages with native code: they stay outside every bundle and are shipped as folders. */
export const nativePackages = ['better-sqlite3', 'onnxruntime-node', 'sharp'] as const

/** Used only by scripts at install time. */
const installOnly = new Set(['adm-zip', 'global-agent', 'node-addon-api'])

export interface InstalledPackage {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly folder: string
  readonly dependencies: Readonly<Record<string, string>>
}

export function readPackage(modules: string, name: string): InstalledPackage | undefined {
  const folder = join(modules, name)
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  const json = JSON.parse(readFileSync(file, 'utf8')) as {
    version: string
    license?: string | { type: string }
    dependencies?: Readonly<Record<string, string>>
    optionalDependencies?: Readonly<Record<string, string>>
  }
  const license = typeof json.license === 'object' ? json.license.type : (json.license ?? 'unknown')
  return {
    name,
    folder,
    license,
    version: json.version,
    dependencies: { ...json.dependencies, ...json.optionalDependencies },
  }
}

/** The native packages and all they need that is installed on this machine, by name. */
export function nativeClosure(modules: string): readonly InstalledPackage[] {
  const found = new Map<string, InstalledPackage>()
  const waiting: string[] = [...nativePackages]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const known = found.has(name) || installOnly.has(name)
    const read = known ? undefined : readPackage(modules, name)
    if (read === undefined) continue
    found.set(name, read)
    waiting.push(...Object.keys(read.dependencies))
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const runtimeFile: Readonly<Record<string, RegExp>> = {
  'better-sqlite3': /^(?:package\.json|LICENSE|lib\/.+\.js|prebuilds\/.+\.node)$/,
  'onnxruntime-node': /^(?:package\.json|LICENSE.*|ThirdPartyNotices.*|dist\/.+\.js|bin\/.+)$/,
}
const commonFile = /^(?!.*(?:\.map|\.d\.[cm]?ts|\.ts|\.md|\.markdown)$)/i

/** Whether a file of a native package is needed at run time on a machine of this kind. @param path relative to the package */
export function isRuntimeFile(name: string, path: string, platform: string, arch: string): boolean {
  if (!(runtimeFile[name] ?? commonFile).test(path)) return false
  const onnx = /^bin\/napi-v\d+\/([^/]+)\/([^/]+)\//.exec(path)
  if (name === 'onnxruntime-node' && onnx !== null) return onnx[1] === platform && onnx[2] === arch
  const sqlite = /^prebuilds\/(\w+)-(\w+)\.node$/.exec(path)
  if (name === 'better-sqlite3' && sqlite !== null)
    return sqlite[1]?.replace('linuxmusl', 'linux') === platform && sqlite[2] === arch
  return true
}
