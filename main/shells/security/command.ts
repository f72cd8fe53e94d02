import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'

import { exposeBridge } from '../electron/bridge.ts'
import { startElectronShell } from '../electron/shell.ts'
import { startFakeShell } from '../electron/testing/start-fake-shell.ts'
import { runChecklist } from './checklist.ts'
import { openChromium } from './chromium.ts'
import { tryContainment, type ContainmentReport } from './containment/containment.ts'
import { engineFaults, type EngineFault } from './containment/engine-fault.ts'
import { engineSockets } from './containment/engine-sockets.ts'
import { StudioScreen } from './containment/screen.ts'
import { fuseProblems } from './fuse-problems.ts'
import { fuzzShells } from './fuzz.ts'
import { runAttacks } from './loopback-attacks.ts'
import { mutants } from './mutants.ts'
import { pointsThatNotice } from './mutation.ts'
import { runXssCorpus } from './xss.ts'

const maxNextMs = 100
const maxToldMs = 2000
const maxRecoveryMs = 5000
const maxAnswerMs = 1000
const inputsOfEachKind = { quick: 2000, full: 100_000 }
const quickFaults: readonly EngineFault[] = ['segmentation fault', 'abort', 'out of memory', 'endless load']

interface SecurityReport {
  /** Points of Electron's list that hold, of 20. */
  readonly checklist: number
  /** Deliberate mistakes in the shell that the list noticed, as a share of all; 1 = all. Null in the quick form. */
  readonly mutantsNoticed: number | null
  /** Fuses that are set as wanted, of 9. */
  readonly fuses: number
  /** Hostile requests that were blocked and followed by a good one in less than 100 ms, of 14. */
  readonly loopbackBlocked: number
  readonly fuzzInputs: number
  readonly fuzzEscapes: number
  /** Scripts that ran out of hostile text; null when there is no built page or no Chromium. */
  readonly xssExecutions: number | null
  readonly xssStrings: number
  /** The longest time from the end of the engine's process to the next row or picture, over all ways to end it. */
  readonly engineRecoveryMs: number
  /** Likewise until the error was on the page; until the page was told when there is no Chromium. */
  readonly engineToldMs: number
  /** The longest wait for a small answer while engines ended. */
  readonly slowestAnswerMs: number
  /** Sockets that could leave the machine, opened by the engine process from its start through a job; null where there is no strace. */
  readonly engineSockets: number | null
  readonly problems: readonly string[]
}

const options = new Command('security')
  .description('Tries the locks of both shells.')
  .option('--quick', 'fewer random inputs, no mutants', false)
  .option('--json', 'print one JSON object', false)
  .option('--seed <number>', 'seed of the random inputs', Number, Date.now() % 2 ** 31)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ quick: boolean; json: boolean; seed: number }>()

const report = await makeReport()
if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else printReport(report)
process.exitCode = report.problems.length === 0 ? 0 : 1

async function makeReport(): Promise<SecurityReport> {
  const points = await tryChecklist()
  const badFuses = fuseProblems()
  const attacks = await runAttacks()
  const open = attacks.filter(({ gotThrough, nextMs }) => gotThrough !== undefined || nextMs >= maxNextMs)
  const unnoticed = options.quick ? undefined : await unnoticedMutants()
  const fuzz = await fuzzShells(options.quick ? inputsOfEachKind.quick : inputsOfEachKind.full, options.seed)
  const xss = await runXssCorpus(options.quick ? 60 : 500)
  const containment = await tryContainmentOnScreen(options.quick ? quickFaults : engineFaults)
  const sockets = await engineSockets()
  return {
    checklist: points.filter(({ problems }) => problems.length === 0).length,
    mutantsNoticed: unnoticed === undefined ? null : (mutants.length - unnoticed.length) / mutants.length,
    fuses: 9 - badFuses.length,
    loopbackBlocked: attacks.length - open.length,
    fuzzInputs: fuzz.inputs,
    fuzzEscapes: fuzz.escapes.length,
    xssExecutions: xss.executions,
    xssStrings: xss.strings,
    engineRecoveryMs: Math.max(0, ...containment.results.map(({ recoveryMs }) => recoveryMs)),
    engineToldMs: Math.max(0, ...containment.results.map(({ toldMs }) => toldMs)),
    slowestAnswerMs: Math.round(containment.slowestAnswerMs),
    engineSockets: sockets?.length ?? null,
    problems: [
      ...points.flatMap(({ point, problems }) => problems.map((problem) => `point ${point}: ${problem}`)),
      ...badFuses,
      ...open.map(
        ({ name, gotThrough, nextMs }) => `${name}: ${gotThrough ?? `next request after ${nextMs.toFixed()} ms`}`,
      ),
      ...(unnoticed ?? []),
      ...fuzz.escapes.map((escape) => `${escape} (seed ${options.seed})`),
      ...xss.problems,
      ...containmentProblems(containment),
      ...(sockets ?? []).map((call) => `the engine opens a socket: ${call}`),
    ],
  }
}

async function tryChecklist(): Promise<Awaited<ReturnType<typeof runChecklist>>> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-security-'))
  try {
    return await runChecklist(await startFakeShell({ startElectronShell, exposeBridge }, folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function tryContainmentOnScreen(faults: readonly EngineFault[]): Promise<ContainmentReport> {
  const chromium = await openChromium()
  try {
    return chromium === undefined
      ? await tryContainment(faults)
      : await tryContainment(faults, new StudioScreen(chromium.browser), chromium.page)
  } finally {
    await chromium?.browser.close()
  }
}

function containmentProblems({ results, slowestAnswerMs, problems }: ContainmentReport): readonly string[] {
  return [
    ...problems,
    ...results.flatMap(({ fault, toldMs, recoveryMs }) => [
      ...(toldMs <= maxToldMs ? [] : [`${fault}: told after ${toldMs} ms`]),
      ...(recoveryMs <= maxRecoveryMs ? [] : [`${fault}: drawn on after ${recoveryMs} ms`]),
    ]),
    ...(slowestAnswerMs <= maxAnswerMs ? [] : [`an answer took ${slowestAnswerMs.toFixed()} ms while an engine ended`]),
  ]
}

async function unnoticedMutants(): Promise<string[]> {
  const unnoticed: string[] = []
  for (const mutant of mutants) {
    const points = await pointsThatNotice(mutant)
    if (!points.includes(mutant.point))
      unnoticed.push(`point ${mutant.point} does not notice ${mutant.from} → ${mutant.to}`)
  }
  return unnoticed
}

function printReport(found: SecurityReport): void {
  const share =
    found.mutantsNoticed === null
      ? 'not tried'
      : `${Math.round(found.mutantsNoticed * mutants.length)} of ${mutants.length}`
  const lines = [
    `Electron's checklist   ${found.checklist} of 20`,
    `mistakes noticed       ${share}`,
    `fuses                  ${found.fuses} of 9`,
    `hostile requests       ${found.loopbackBlocked} of 14 blocked`,
    `fuzzing                ${found.fuzzEscapes} escapes from ${found.fuzzInputs} inputs (seed ${options.seed})`,
    `hostile text           ${found.xssExecutions === null ? 'not tried: no built page or no Chromium' : `${found.xssExecutions} scripts ran, ${found.xssStrings} strings`}`,
    `engine ended           drawn on within ${found.engineRecoveryMs} ms, told within ${found.engineToldMs} ms, answers within ${found.slowestAnswerMs} ms`,
    `engine's sockets       ${found.engineSockets ?? 'not tried: no strace'}`,
    ...found.problems.map((problem) => `  ${problem}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
