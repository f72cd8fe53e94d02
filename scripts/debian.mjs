// Debian packages that tests need beside npm's: Python for training, Chromium for end-to-end tests.
import { existsSync } from 'node:fs'
import { run } from './process.mjs'

const needed = [
  { name: 'python3-torch', why: 'training tests' },
  { name: 'python3-numpy', why: 'training tests' },
  { name: 'python3-pil', why: 'training tests' },
  { name: 'python3-pytest', why: 'training tests' },
  { name: 'libopenblas0-pthread', why: 'matrix products in training: 60 times slower without' },
  { name: 'chromium', why: 'end-to-end tests' },
]

/** @param {string} name */
async function isInstalled(name) {
  const { code, output } = await run('dpkg-query', ['-W', '-f=${Status}', name], { stdout: 'capture', mayFail: true })
  return code === 0 && output.includes('ok installed')
}

/**
 * Installs them when that is possible.
 * @returns {Promise<string | undefined>} what is missing and how to get it; undefined when all is there.
 */
export async function ensureDebianPackages() {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/dpkg-query'))
    return `This is not Debian: install Python 3 with torch, numpy, pillow and pytest, and Chromium, yourself.`
  const checks = await Promise.all(needed.map(async (entry) => ({ ...entry, isThere: await isInstalled(entry.name) })))
  const missing = checks.filter((entry) => !entry.isThere)
  if (missing.length === 0) return undefined
  const names = missing.map((entry) => entry.name)
  if (process.getuid?.() !== 0)
    return `Missing Debian packages: ${missing.map(({ name, why }) => `${name} (${why})`).join(', ')}. Install them: sudo apt-get install ${names.join(' ')}`
  console.error(`Installing Debian packages: ${names.join(' ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], { env, stdout: 'stderr' })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env, stdout: 'capture' })
  return undefined
}
