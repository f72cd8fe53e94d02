import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { programFolder } from '../../program-folder.ts'
import { attemptsToLeave, foreignRequests } from './network-trace.ts'

// npm run e2e:offline [-- SPEC …]: the end-to-end specs in a network namespace that has loopback and nothing else, watched by strace: the specs
// pass, and nobody so much as tries to leave. Exit code 3 where the machine does not allow it.

const root = programFolder()
const specs = process.argv.slice(2)
const reason = whyNot()
if (reason === undefined) process.exitCode = runSpecs()
else {
  process.stderr.write(`The specs cannot be cut off from the network here: ${reason}\n`)
  process.exitCode = 3
}

function runSpecs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'easel-offline-'))
  try {
    const playwright = [process.execPath, join(root, 'node_modules/@playwright/test/cli.js'), 'test', ...specs]
    const calls = 'trace=connect,sendto,sendmsg,sendmmsg'
    const strace = [
      'strace',
      '-ff',
      '-qqq',
      '--seccomp-bpf',
      '-e',
      calls,
      '-e',
      'signal=none',
      '-o',
      join(folder, 'trace'),
    ]
    process.env['EASEL_CHROMIUM'] = writeChromium(folder)
    const { status } = runCutOff([...strace, ...playwright], 'inherit')
    const lines = linesOf(folder, 'trace')
    const events = linesOf(folder, 'net-log')
    const attempts = [...attemptsToLeave(lines), ...foreignRequests(events)]
    process.stdout.write(
      `${lines.length} network calls and ${events.length} events of the browser's network, ${attempts.length} of them to leave this machine\n`,
    )
    for (const attempt of attempts.slice(0, 20)) process.stdout.write(`  ${attempt}\n`)
    // Without a single call or event nothing was watched.
    const isWatched = lines.length > 0 && events.length > 0
    return status === 0 && attempts.length === 0 && isWatched ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Chromium with a log of its network, and without the names that it looks up for itself (updates, accounts): those are the browser's, not the
 * studio's. What a page asks for is in the log all the same.
 */
function writeChromium(folder: string): string {
  const program = join(folder, 'chromium')
  const chromium = process.env['EASEL_CHROMIUM'] ?? '/usr/bin/chromium'
  const flags = `--log-net-log="${folder}/net-log.$$" --host-resolver-rules="MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"`
  writeFileSync(program, `#!/bin/sh\nexec "${chromium}" ${flags} "$@"\n`, { mode: 0o755 })
  return program
}

function linesOf(folder: string, name: string): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}.`))
  return files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean))
}

/** What this machine lacks; undefined when the specs can be cut off. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux only.'
  const { error, status, stderr } = runCutOff(['strace', '-o', '/dev/null', 'true'], 'pipe')
  if (error !== undefined) return `${error.message} (Debian: apt-get install util-linux iproute2 strace).`
  return status === 0 ? undefined : `${stderr.toString().trim()} (needed: unshare, ip, strace and user namespaces).`
}

/** Runs a command in a network namespace of its own with loopback only. Its words are arguments of the shell, never read as commands. */
function runCutOff(command: readonly string[], stdio: 'inherit' | 'pipe') {
  const script = 'ip link set lo up && exec "$@"'
  const args = ['--map-root-user', '--net', '--', 'sh', '-c', script, 'sh', ...command]
  return spawnSync('unshare', args, { cwd: root, stdio: ['ignore', stdio, stdio] })
}
