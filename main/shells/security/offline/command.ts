import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { programFolder } from '../../program-folder.ts'
import { attemptsToLeave, countByProgram, foreignRequests, untracedAttempts } from './network-trace.ts'
import type { Traces } from './traced-programs.ts'

// npm run e2e:offline [-- SPEC …]: the end-to-end specs in a network namespace that has loopback and nothing else, watched by strace: the specs
// pass, and nobody so much as tries to leave. Exit code 3 where the machine does not allow it.

const root = programFolder()
const specs = process.argv.slice(2)
/** Of each kind of finding. */
const shown = 20
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
    // Beside where programs connect to, what tells which program a thread belongs to. Nothing that sends: a browser that is stopped at every word is too slow
    // for the specs, and the kernel counts what is sent without a connection.
    const calls = 'trace=connect,execve,clone,clone3,fork,vfork'
    const strace = ['strace', '-ff', '-qqq', '--seccomp-bpf', '-s', '64', '-e', calls, '-e', 'signal=none']
    process.env['EASEL_CHROMIUM'] = writeChromium(folder)
    const { status } = runCutOff([...strace, '-o', join(folder, 'trace'), ...playwright], 'inherit', folder)
    const traces = readTraces(folder)
    const events = filesOf(folder, 'net-log').flatMap(([, lines]) => lines)
    const attempts = attemptsToLeave(traces)
    const requests = foreignRequests(events)
    const untraced = untracedAttempts(readCounters(folder), traces)
    const calling = [...traces.values()].flat().length
    tell(
      `${calling} calls of ${traces.size} threads and ${events.length} events of the browser's network were looked at.`,
    )
    tell(`Attempts to leave this machine: ${attempts.length}; requests of a page for another one: ${requests.length}.`)
    tell(`Attempts that the kernel counted and no call explains: ${untraced}.`)
    for (const [program, count] of countByProgram(attempts)) tell(`  ${count} by ${program}`)
    for (const { program, call } of attempts.slice(0, shown)) tell(`  ${program}: ${call}`)
    for (const url of requests.slice(0, shown)) tell(`  ${url}`)
    // Without a single call or event nothing was watched.
    const isWatched = calling > 0 && events.length > 0
    const isQuiet = attempts.length === 0 && requests.length === 0 && untraced === 0
    return status === 0 && isQuiet && isWatched ? 0 : 1
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

function readTraces(folder: string): Traces {
  return new Map(filesOf(folder, 'trace').map(([ending, lines]) => [Number(ending), lines]))
}

/** What the kernel has counted in the namespace: IPv4 and IPv6. */
function readCounters(folder: string): string {
  return ['snmp', 'snmp6'].map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
}

/** The lines of all files of a name, by what stands behind its dot. */
function filesOf(folder: string, name: string): readonly (readonly [string, readonly string[]])[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}.`))
  return files.map((file) => [
    file.slice(name.length + 1),
    readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean),
  ])
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** What this machine lacks; undefined when the specs can be cut off. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux only.'
  const { error, status, stderr } = runCutOff(['strace', '-o', '/dev/null', 'true'], 'pipe')
  if (error !== undefined) return `${error.message} (Debian: apt-get install util-linux iproute2 strace).`
  return status === 0 ? undefined : `${stderr.toString().trim()} (needed: unshare, ip, strace and user namespaces).`
}

/**
 * Runs a command in a network namespace of its own with loopback only. Its words are arguments of the shell, never read as commands.
 * @param counters the folder for what the kernel has counted at the end
 */
function runCutOff(command: readonly string[], stdio: 'inherit' | 'pipe', counters?: string) {
  const keep = counters === undefined ? '' : '; code=$?; cp /proc/net/snmp /proc/net/snmp6 "$folder"; exit $code'
  const script = `folder=$1; shift; ip link set lo up || exit; "$@"${keep}`
  const args = ['--map-root-user', '--net', '--', 'sh', '-c', script, 'sh', counters ?? '', ...command]
  return spawnSync('unshare', args, { cwd: root, stdio: ['ignore', stdio, stdio] })
}
