// Electron's binary: the npm package holds only types and an installer, the program itself comes from a download host.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectEnvironment, projectNode } from './install.mjs'
import { root, run } from './process.mjs'

const folder = join(root, 'node_modules/electron')
const attempt = join(root, 'node_modules/.easel-electron-attempt')

/** @returns {boolean} whether Electron's program is installed. Looks at files: requiring the module would start a download. */
export function hasElectron() {
  return existsSync(join(folder, 'dist')) && existsSync(join(folder, 'path.txt'))
}

function mirror() {
  const { ELECTRON_MIRROR, npm_config_electron_mirror } = process.env
  return ELECTRON_MIRROR ?? npm_config_electron_mirror ?? 'https://github.com/electron/electron/releases/download/'
}

/**
 * Tries to get Electron's binary, once for each version and mirror; `EASEL_RETRY_ELECTRON=1` tries again.
 * @returns {Promise<string | undefined>} why there is none, undefined when there is one.
 */
export async function ensureElectron() {
  if (hasElectron()) return undefined
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const key = `${version} ${mirror()}`
  const isTried = existsSync(attempt) && readFileSync(attempt, 'utf8') === key
  if (isTried && process.env.EASEL_RETRY_ELECTRON !== '1')
    return `Electron ${version} could not be downloaded before; EASEL_RETRY_ELECTRON=1 tries again`
  try {
    // Only asks whether the host answers: a real download may take minutes, an unreachable host must cost seconds.
    await fetch(mirror(), { method: 'HEAD', signal: AbortSignal.timeout(4000) })
  } catch {
    writeFileSync(attempt, key)
    return `Electron's download host ${new URL(mirror()).host} cannot be reached (ELECTRON_MIRROR names another)`
  }
  const env = projectEnvironment()
  delete env.ELECTRON_SKIP_BINARY_DOWNLOAD
  const { code } = await run(projectNode(), [join(folder, 'install.js')], { env, stdout: 'stderr', mayFail: true })
  if (code === 0 && hasElectron()) return undefined
  writeFileSync(attempt, key)
  return `the download of Electron ${version} failed`
}
