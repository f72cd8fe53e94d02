import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'

import { exposeBridge } from '../electron/bridge.ts'
import { startElectronShell } from '../electron/shell.ts'
import { startFakeShell } from '../electron/testing/start-fake-shell.ts'
import { runChecklist } from './checklist.ts'
import { fuseProblems } from './fuse-problems.ts'
import { fuzzShells } from './fuzz.ts'
import { runAttacks } from './loopback-attacks.ts'
import { mutants } from './mutants.ts'
import { pointsThatNotice } from './mutation.ts'
import { runXssCorpus } from './xss.ts'

const maxNextMs = 100
const inputsOfEachKind = { quick: 2000, full: 34_000 }

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
  return {
    checklist: points.filter(({ problems }) => problems.length === 0).length,
    mutantsNoticed: unnoticed === undefined ? null : (mutants.length - unnoticed.length) / mutants.length,
    fuses: 9 - badFuses.length,
    loopbackBlocked: attacks.length - open.length,
    fuzzInputs: fuzz.inputs,
    fuzzEscapes: fuzz.escapes.length,
    xssExecutions: xss.executions,
    xssStrings: xss.strings,
    problems: [
      ...points.flatMap(({ point, problems }) => problems.map((problem) => `point ${point}: ${problem}`)),
      ...badFuses,
      ...open.map(
        ({ name, gotThrough, nextMs }) => `${name}: ${gotThrough ?? `next request after ${nextMs.toFixed()} ms`}`,
      ),
      ...(unnoticed ?? []),
      ...fuzz.escapes.map((escape) => `${escape} (seed ${options.seed})`),
      ...xss.problems,
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
    ...found.problems.map((problem) => `  ${problem}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
