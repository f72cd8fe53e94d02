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
import { tryTarball } from './try-tarball.ts'

const repository = resolve(import.meta.dirname, '../../..')
const program = new Command('package').description(
  'Makes what reaches people: an npm tarball, or installers with Electron.',
)

program
  .command('npm')
  .description('dist/npm and its tarball in dist: command line and browser shell for a machine with Node 24')
  .option('--try', 'install it into an empty folder, without a network, and draw two pictures with it', false)
  .action(async (flags: { readonly try: boolean }) => {
    const folder = join(repository, 'dist/npm')
    await makeNpmPackage(repository, folder)
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', join(repository, 'dist')], {
        cwd: folder,
        encoding: 'utf8',
      }),
    ) as { filename: string; size: number; entryCount: number }[]
    const name = packed?.filename ?? ''
    // The same sources and packages give the same bytes: two people can compare.
    const sha256 = createHash('sha256')
      .update(readFileSync(join(repository, 'dist', name)))
      .digest('hex')
    const facts = `${Math.round((packed?.size ?? 0) / 1e6)} MB, ${packed?.entryCount ?? 0} files, sha256 ${sha256}`
    process.stdout.write(`dist/${name} (${facts})\n`)
    if (!flags.try) return
    const { installSeconds, drawSeconds, pictures } = tryTarball(join(repository, 'dist', name))
    process.stdout.write(
      `installed in ${installSeconds.toFixed(1)} s, drew in ${drawSeconds.toFixed(1)} s: ${pictures.join(', ')}\n`,
    )
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
