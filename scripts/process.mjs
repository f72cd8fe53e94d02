// Child processes for the scripts. Plain JavaScript that Node 20 runs: nothing may be installed yet.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdout?: 'inherit' | 'stderr' | 'capture', mayFail?: boolean }} [options]
 *   `capture` collects both streams into `output`.
 * @returns {Promise<{ code: number, output: string }>} Rejects on a non-zero exit unless `mayFail`.
 */
export function run(command, args, options = {}) {
  const stdout = options.stdout ?? 'inherit'
  const stdio =
    stdout === 'capture' ? ['ignore', 'pipe', 'pipe'] : ['inherit', stdout === 'stderr' ? 2 : 'inherit', 'inherit']
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio,
      // npm is a .cmd file on Windows, which only a shell can start.
      shell: process.platform === 'win32' && command === 'npm',
    })
    /** @type {Buffer[]} */
    const chunks = []
    child.stdout?.on('data', (chunk) => chunks.push(chunk))
    child.stderr?.on('data', (chunk) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString()
      const exit = code ?? (signal === 'SIGINT' ? 130 : 1)
      if (exit === 0 || options.mayFail === true) resolve({ code: exit, output })
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `exit code ${exit}`}\n${output}`))
    })
  })
}

/**
 * Hands this process over to a child: same terminal, same exit code, and the child decides what an interrupt means.
 * @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} env
 */
export function become(command, args, env) {
  const child = spawn(command, args, { cwd: process.env.INIT_CWD ?? process.cwd(), env, stdio: 'inherit' })
  // A terminal sends an interrupt to the whole group, a script to this process alone: the child takes repeats within a second as one.
  process.on('SIGINT', () => child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  endWithNpm(child)
  child.once('error', (error) => {
    console.error(String(error))
    process.exit(1)
  })
  child.once('close', (code, signal) =>
    process.exit(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1)),
  )
}

/**
 * npm passes a signal to its shell alone, and a killed npm passes on nothing: without this the studio would stay behind and keep its library locked.
 * @param {import('node:child_process').ChildProcess} child
 */
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return
  const parent = process.ppid
  const watch = () => process.ppid !== parent && child.kill('SIGTERM')
  setInterval(watch, 500).unref()
}
