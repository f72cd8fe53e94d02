// Builds what a shell needs, when a source is newer than the last build.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { projectEnvironment, projectNode } from './install.mjs'
import { root, run } from './process.mjs'

/** @param {string} folder @returns {number} time of the newest file below, in milliseconds */
function newestChange(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs)
  return newest
}

/** @param {string} target @param {readonly string[]} sources */
function isCurrent(target, sources) {
  if (!existsSync(join(root, target))) return false
  const built = statSync(join(root, target)).mtimeMs
  const changes = sources.map((source) => {
    const path = join(root, source)
    return statSync(path).isDirectory() ? newestChange(path) : statSync(path).mtimeMs
  })
  return Math.max(...changes) < built
}

/** The page alone: all that the browser shell needs, since Node 24 runs the rest as it is. */
export async function buildRenderer() {
  if (isCurrent('out/renderer/index.html', ['renderer', 'app', 'package-lock.json'])) return
  console.error('Building the studio page …')
  await run(
    projectNode(),
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'renderer/vite.config.ts', '--logLevel', 'warn'],
    {
      env: projectEnvironment(),
      stdout: 'stderr',
    },
  )
}

/** Main process, preload and page for Electron. */
export async function buildElectron() {
  if (isCurrent('out/main/entry.js', ['renderer', 'app', 'main', 'electron.config.ts', 'package-lock.json'])) return
  console.error('Building the studio …')
  await run(
    projectNode(),
    [
      join(root, 'node_modules/electron-vite/bin/electron-vite.js'),
      'build',
      '--config',
      'electron.config.ts',
      '--logLevel',
      'warn',
    ],
    { env: projectEnvironment(), stdout: 'stderr' },
  )
}
