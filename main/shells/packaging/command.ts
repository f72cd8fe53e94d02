import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'

import { StudioError } from '#app/contract/errors.ts'
import { builderConfig } from './builder-config.ts'
import { installedElectron } from './electron-binary.ts'
import { makeElectronApp } from './electron-package.ts'
import { makeNpmPackage } from './npm-package.ts'

const repository = resolve(import.meta.dirname, '../../..')
const program = new Command('package').description(
  'Makes what reaches people: an npm tarball, or installers with Electron.',
)

program
  .command('npm')
  .description('dist/npm and its tarball in dist: command line and browser shell for a machine with Node 24')
  .action(async () => {
    const folder = join(repository, 'dist/npm')
    await makeNpmPackage(repository, folder)
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', join(repository, 'dist')], {
        cwd: folder,
        encoding: 'utf8',
      }),
    ) as { filename: string; size: number }[]
    const name = packed?.filename ?? ''
    // The same sources and packages give the same bytes: two people can compare.
    const sha256 = createHash('sha256')
      .update(readFileSync(join(repository, 'dist', name)))
      .digest('hex')
    process.stdout.write(`dist/${name} (${Math.round((packed?.size ?? 0) / 1e6)} MB, sha256 ${sha256})\n`)
  })

program
  .command('electron')
  .description(
    'installers for this system in dist/electron; needs the bundles of "npm run build:electron" and Electron\'s binary',
  )
  .option('--dir', 'only the unpacked program', false)
  .action(async ({ dir }: { dir: boolean }) => {
    const electron = installedElectron(repository)
    const app = join(repository, 'dist/app')
    makeElectronApp({ repository, folder: app })
    const { build, Platform } = await import('electron-builder')
    const output = join(repository, 'dist/electron')
    const config = builderConfig({
      repository,
      app,
      output,
      electronDist: electron.dist,
      electronVersion: electron.version,
    })
    const targets = Platform.current().createTarget(dir ? 'dir' : null)
    const files = await build({ projectDir: app, targets, config })
    process.stdout.write(files.map((file) => `${file}\n`).join(''))
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(
    `${error instanceof StudioError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.exitCode = 1
}
