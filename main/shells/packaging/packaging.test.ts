import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { getCurrentFuseWire } from '@electron/fuses'
import type { AfterPackContext } from 'electron-builder'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'
import { wantedFuses } from '../security/fuses.ts'
import { builderConfig } from './builder-config.ts'
import { installedElectron } from './electron-binary.ts'
import { filesBelow, makeElectronApp, packageLists } from './electron-package.ts'
import { flipAllFuses } from './flip-fuses.ts'
import { makeNpmPackage } from './npm-package.ts'
import { unwantedFiles } from './unwanted-files.ts'

const source = resolve(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'easel-packaging-'))
const repository = join(folder, 'repository')

/** The repository by links, with a tiny pack as the starter pack and small files as the bundles. */
beforeAll(async () => {
  mkdirSync(join(repository, 'models/starter'), { recursive: true })
  for (const name of ['app', 'main', 'renderer', 'node_modules', 'package.json']) {
    symlinkSync(join(source, name), join(repository, name), 'junction')
  }
  for (const name of ['LICENSE', 'tsconfig.json', 'tsconfig.base.json', 'tsconfig.main.json', 'tsconfig.renderer.json'])
    cpSync(join(source, name), join(repository, name))
  await makeTinyPack(join(repository, 'models/starter/pack'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the npm package holds programs, page and pack, and nothing of development', async () => {
  const target = join(folder, 'npm')
  const packages = await makeNpmPackage(repository, target, writePage)
  const files = filesBelow(target)
  expect(unwantedFiles(files)).toEqual([])
  expect(files).toEqual(
    expect.arrayContaining([
      'THIRD-PARTY-LICENSES.txt',
      'bin/easel.js',
      'dist/main/easel.js',
      'dist/main/process/fork-entry.js',
      'dist/main/studio.js',
      'models/starter/pack/pack.json',
      'out/renderer/index.html',
      'package.json',
      'sbom.cdx.json',
    ]),
  )
  expect(packages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['better-sqlite3', 'onnxruntime-node', 'sharp', 'svelte', 'zod']),
  )
  const licences = readFileSync(join(target, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  expect(packages.filter(({ name, version }) => !licences.includes(`${name} ${version} (`))).toEqual([])
  expect(packages.filter(({ license }) => license === 'unknown')).toEqual([])
  expect(differencesFromLock(target)).toEqual([])

  // What is imported by name must be a dependency: everything else is in the bundles.
  const { dependencies } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as { dependencies: object }
  const programs = files
    .filter((file) => file.startsWith('dist/'))
    .map((file) => readFileSync(join(target, file), 'utf8'))
  const imported = programs.flatMap((text) =>
    [...text.matchAll(/^import .*?from "([^".][^"]*)";?$/gm)].map(([, name]) => name ?? ''),
  )
  expect([...new Set(imported)].filter((name) => !isBuiltin(name)).sort()).toEqual(Object.keys(dependencies).sort())
})

test('the archive of the Electron program holds what this machine runs', () => {
  writeBundles()
  const app = join(folder, 'app')
  makeElectronApp({ repository, folder: app, platform: 'linux', arch: 'x64' })
  const files = filesBelow(app)
  expect(unwantedFiles(files)).toEqual([])
  expect(differencesFromLock(app)).toEqual([])
  const own = files.filter((file) => !file.startsWith('node_modules/') && !file.startsWith('models/'))
  expect(own).toEqual([
    'LICENSE',
    'THIRD-PARTY-LICENSES.txt',
    'out/main/engine-process.js',
    'out/main/entry.js',
    'out/preload/preload.cjs',
    'out/renderer/index.html',
    'package.json',
    'sbom.cdx.json',
  ])
  const licences = readFileSync(join(app, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  const { components } = JSON.parse(readFileSync(join(app, 'sbom.cdx.json'), 'utf8')) as {
    components: { name: string }[]
  }
  for (const name of ['better-sqlite3', 'onnxruntime-node', 'sharp', 'svelte', 'zod']) {
    expect(licences).toMatch(new RegExp(`^${name} `, 'm'))
    expect(components.map((component) => component.name)).toContain(name)
  }
  const natives = files.filter((file) => /\.(?:node|so|dylib|dll)(?:\.\d+)*$/.test(file))
  expect(natives.filter((file) => /darwin|win32|arm64/.test(file))).toEqual([])
  expect(natives).toContain('node_modules/better-sqlite3/prebuilds/linux-x64.node')
  expect(natives).toContain('node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node')
})

test('without bundles or Electron it fails with a sentence', () => {
  const empty = join(folder, 'empty')
  mkdirSync(join(empty, 'node_modules/electron'), { recursive: true })
  writeFileSync(join(empty, 'node_modules/electron/package.json'), '{"version":"45.0.0"}')
  expect(() => makeElectronApp({ repository: empty, folder: join(folder, 'nothing') })).toThrow(
    'Run "npm run build:electron".',
  )
  expect(() => installedElectron(empty)).toThrow(
    'the binary of Electron 45.0.0 is missing. Get it with "npx install-electron"',
  )
})

test('every fuse of the program is set', async () => {
  const out = join(folder, 'unpacked')
  mkdirSync(out)
  // Where Electron keeps its fuses: a marker, version 1, nine fuses, here all the other way round.
  const fuses = Object.values(wantedFuses)
  const wire = Buffer.concat([
    Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
    Buffer.from([1, fuses.length]),
    Buffer.from(fuses.map((isOn) => (isOn ? '0' : '1')).join('')),
  ])
  writeFileSync(join(out, 'easel'), Buffer.concat([Buffer.alloc(64), wire, Buffer.alloc(64)]))
  const context = {
    appOutDir: out,
    packager: { appInfo: { productFilename: 'Easel' } },
    electronPlatformName: 'linux',
    arch: 1,
  }
  await flipAllFuses(context as unknown as AfterPackContext)
  const { version, ...flipped } = await getCurrentFuseWire(join(out, 'easel'))
  expect(version).toBe('1')
  expect(Object.values(flipped).map((state) => String.fromCharCode(Number(state)) === '1')).toEqual(fuses)
})

test('installers are made for three systems, what needs real files is outside the archive, and electron-builder knows every key', async () => {
  const notices = ['LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES.txt', 'sbom.cdx.json'].map((name) => ({
    from: join('/app', name),
    to: name,
  }))
  const config = builderConfig({
    repository,
    app: '/app',
    output: '/out',
    electronDist: '/electron',
    electronVersion: '45.0.0',
  })
  expect({
    linux: config.linux?.target,
    mac: config.mac?.target,
    win: config.win?.target,
    asar: config.asar,
    asarUnpack: config.asarUnpack,
    publish: config.publish,
    afterPack: config.afterPack,
    protocols: config.protocols,
    extensions: [config.fileAssociations].flat().map((association) => association?.ext),
    icons: [config.linux?.icon, config.mac?.icon, config.win?.icon],
    notices: [config.linux?.extraFiles, config.win?.extraFiles, config.mac?.extraResources],
  }).toEqual({
    linux: ['AppImage', 'deb'],
    mac: ['dmg'],
    win: ['nsis', 'portable', 'zip'],
    asar: true,
    asarUnpack: ['node_modules/**', 'models/**'],
    publish: null,
    afterPack: flipAllFuses,
    protocols: [{ name: 'Easel', schemes: ['easel'], role: 'Viewer' }],
    extensions: ['easelpack'],
    icons: ['icons', 'icon.icns', 'icon.ico'],
    notices: [notices, notices, notices],
  })
  await validate(config)
  await expect(validate({ ...config, asarUnpacked: [] })).rejects.toThrow('asarUnpacked')
  const resources = join(source, 'main/shells/packaging/resources')
  expect(['icons/512x512.png', 'icon.icns', 'icon.ico'].filter((icon) => !existsSync(join(resources, icon)))).toEqual(
    [],
  )
})

test('files of development are recognised', () => {
  const bad = ['a.js.map', 'a.test.js', 'main/a.ts', 'a.d.ts', 'x/testing/a.js', '.env', 'w.safetensors', 'App.svelte']
  expect(unwantedFiles([...bad, 'out/main/entry.js', 'models/pack.json']).map((line) => line.split(' ')[0])).toEqual(
    bad,
  )
})

test('a bill of materials that is not what the lock file says is noticed', () => {
  const strange = join(folder, 'strange')
  mkdirSync(strange)
  const components = [
    { name: 'zod', version: '0.0.1', licenses: [{ expression: 'MIT' }] },
    { name: 'better-sqlite3', version: locked('better-sqlite3')?.version, licenses: [{ expression: 'Proprietary' }] },
    { name: 'left-pad', version: '1.3.0', licenses: [{ expression: 'WTFPL' }] },
  ]
  writeFileSync(join(strange, 'sbom.cdx.json'), JSON.stringify({ components }))
  writeFileSync(join(strange, 'THIRD-PARTY-LICENSES.txt'), 'left-pad 1.3.0 (WTFPL)\n')
  expect(differencesFromLock(strange)).toHaveLength(5)
})

interface LockedPackage {
  readonly version: string
  readonly license?: string
  readonly integrity?: string
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

const lock = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}
function locked(name: string): LockedPackage | undefined {
  return lock.packages[`node_modules/${name}`]
}

/** Where the bill of materials and the licences of a built folder and the lock file of the repository do not say the same. */
function differencesFromLock(built: string): readonly string[] {
  const { components } = JSON.parse(readFileSync(join(built, 'sbom.cdx.json'), 'utf8')) as {
    components: readonly { name: string; version: string; licenses: readonly { expression: string }[] }[]
  }
  const headings = readFileSync(join(built, 'THIRD-PARTY-LICENSES.txt'), 'utf8').split('\n')
  return components.flatMap(({ name, version, licenses: [license] }) => {
    const found = locked(name)
    const heading = `${name} ${version} (${license?.expression ?? ''})`
    return [
      ...(found?.version === version && found.integrity !== undefined ? [] : [`${name} ${version} is not locked`]),
      ...(found?.license === undefined || found.license === license?.expression
        ? []
        : [`${heading}: ${found.license}`]),
      ...(headings.includes(heading) ? [] : [`${heading} has no licence text`]),
    ]
  })
}

/** Instead of the page, whose build the tests of the renderer need anyway. */
function writePage(_repository: string, outDir: string, onPackage: (name: string) => void): Promise<void> {
  mkdirSync(outDir, { recursive: true })
  writeFileSync(join(outDir, 'index.html'), '<!doctype html>')
  onPackage('svelte')
  return Promise.resolve()
}

/** By electron-builder's own schema, as it does before it builds. */
function validate(config: object): Promise<void> {
  const require = createRequire(import.meta.resolve('electron-builder'))
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
    validateConfiguration: (config: object, log: object) => Promise<void>
  }
  return validateConfiguration(config, { isEnabled: false })
}

function writeBundles(): void {
  for (const file of [
    'out/main/entry.js',
    'out/main/engine-process.js',
    'out/preload/preload.cjs',
    'out/renderer/index.html',
  ]) {
    const path = join(repository, file)
    if (existsSync(path)) continue
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, '')
  }
  for (const list of packageLists) writeFileSync(join(repository, list), '["svelte","zod"]')
}
