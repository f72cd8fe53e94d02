import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

export interface TarballTrial {
  readonly installSeconds: number
  readonly drawSeconds: number
  /** What was drawn, by file name. */
  readonly pictures: readonly string[]
}

const wanted = 2

/**
 * Does what a person does who has the tarball: installs it into an empty folder, from npm's cache alone, and draws with one command. The home
 * folder is an empty one too.
 * @throws StudioError `internal` when no pictures come of it; what npm or the program says goes to standard error
 */
export function tryTarball(tarball: string): TarballTrial {
  const folder = mkdtempSync(join(tmpdir(), 'easel-tarball-'))
  try {
    const home = join(folder, 'home')
    const target = join(folder, 'target')
    for (const made of [home, target]) mkdirSync(made)
    writeFileSync(join(target, 'package.json'), '{"private":true}\n')
    const installSeconds = secondsOf(() =>
      runNode(target, process.env, npmProgram(), 'install', '--offline', '--ignore-scripts', '--no-audit', tarball),
    )
    const env = { PATH: process.env['PATH'], HOME: home, USERPROFILE: home, LOCALAPPDATA: home, APPDATA: home }
    const easel = join(target, 'node_modules/easel-studio/bin/easel.js')
    const prompt = ['generate', 'a red apple', '--candidates', String(wanted), '--seed', '7', '--out', 'pictures']
    const drawSeconds = secondsOf(() => runNode(target, env, easel, ...prompt))
    const pictures = readdirSync(join(target, 'pictures'))
    if (pictures.length !== wanted)
      throw new StudioError(
        'internal',
        `The installed program drew ${pictures.length} pictures; ${wanted} were asked for.`,
      )
    return { installSeconds, drawSeconds, pictures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** npm's own program of the npm that runs this, which no shell is needed for on any system. */
function npmProgram(): string {
  const program = process.env['npm_execpath']
  if (program === undefined) throw new StudioError('internal', 'Run this with npm: npm run package -- npm --try')
  return program
}

function runNode(cwd: string, env: NodeJS.ProcessEnv, ...args: readonly string[]): void {
  execFileSync(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function secondsOf(work: () => void): number {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}
