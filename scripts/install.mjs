// Installs what is missing, so that every command works from a fresh clone with only Node 20 and npm.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { root, run } from './process.mjs'

const modules = join(root, 'node_modules')
const stamp = join(modules, '.easel-installed')

/** The environment in which everything of the project runs: Node 24 of node_modules/.bin first on PATH. */
export function projectEnvironment() {
  const path = [join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter)
  return {
    ...process.env,
    PATH: path,
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    ELECTRON_SKIP_BINARY_DOWNLOAD: '1',
    // Tests and benchmarks load ONNX Runtime without the engine's process, which sees to this itself (main/engine/engine-environment.ts).
    ORT_DISABLE_TELEMETRY: '1',
  }
}

/** Node 24: better-sqlite3 13 needs it, and it runs TypeScript as it is. */
export function projectNode() {
  return join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`
}

/** Installs npm packages when the lock file changed since the last time. Output goes to standard error: a command may print JSON. */
export async function installPackages() {
  const wanted = wantedStamp()
  const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(projectNode())
  if (isCurrent) return
  const isFirst = !existsSync(join(modules, 'node', 'package.json'))
  console.error(isFirst ? 'Installing packages (once, about a minute) …' : 'Installing what changed …')
  await run('npm', [isFirst ? 'ci' : 'install', '--no-fund', '--no-audit', '--loglevel=error'], { stdout: 'stderr' })
  if (!existsSync(projectNode())) {
    // The package's own installer, which npm does not run because of ignore-scripts (.npmrc).
    const { version } = createRequire(import.meta.url)(join(modules, 'node', 'package.json'))
    console.error(`Setting up Node ${version} …`)
    await run(process.execPath, ['installArchSpecificPackage.js'], { cwd: join(modules, 'node'), stdout: 'stderr' })
    // npm links a program only when its file is there, and it was not: node_modules/.bin/node comes with this.
    await run('npm', ['rebuild', 'node', '--ignore-scripts', '--loglevel=error'], { stdout: 'stderr' })
  }
  writeFileSync(stamp, wanted)
}
