import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { shellCode } from '../electron/testing/shell-code.ts'
import { startFakeShell } from '../electron/testing/start-fake-shell.ts'
import { runChecklist } from './checklist.ts'
import { openChromium } from './chromium.ts'
import { tryContainment, type ContainmentReport } from './containment/containment.ts'
import { engineFaults, type EngineFault } from './containment/engine-fault.ts'
import { watchEngineReach } from './containment/engine-reach.ts'
import { StudioScreen } from './containment/screen.ts'
import { fuseProblems } from './fuse-problems.ts'
import { fuzzShells } from './fuzz.ts'
import { tryHostileText, type HostileTextReport } from './hostile-text/hostile-text.ts'
import { runAttacks } from './loopback-attacks.ts'
import { mutants } from './mutants.ts'
import { isWireMissed, pointsThatNotice } from './mutation.ts'
import { wiringMutants } from './wiring-mutants.ts'

/** What `npm run security -- --json` prints beside `problems`. */
export interface Figures {
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
  /** Texts that were really shown by the page, by the way they came in. */
  readonly xssShown: HostileTextReport['shown']
  readonly xssRefused: number
  /** Of the same strings, those that run in a page without defence. */
  readonly xssExecutionsUndefended: number | null
  /** The longest time from the end of the engine's process to the next row or picture, over all ways to end it. */
  readonly engineRecoveryMs: number
  /** Likewise until the error was on the page; until the page was told when there is no Chromium. */
  readonly engineToldMs: number
  /** The longest wait for a small answer while engines ended. */
  readonly slowestAnswerMs: number
  /** Sockets that could leave the machine, opened by the engine process from its start through a job; null where there is no strace. */
  readonly engineSockets: number | null
  /** Files and folders that it opened to write, likewise. */
  readonly engineWrites: number | null
}

export interface PartOptions {
  readonly isQuick: boolean
  /** Of the random inputs. */
  readonly seed: number
}

export interface PartReport {
  readonly figures: Partial<Figures>
  readonly problems: readonly string[]
}

const maxNextMs = 100
const maxToldMs = 2000
const maxRecoveryMs = 5000
const maxAnswerMs = 1000
const inputsOfEachKind = { quick: 2000, full: 100_000 }
const strings = { quick: 25, full: 500 }
const quickFaults: readonly EngineFault[] = ['segmentation fault', 'abort', 'out of memory', 'endless load']

/** Each can be tried alone. */
export const securityParts = {
  checklist: tryChecklist,
  mutants: tryMutants,
  fuses: tryFuses,
  loopback: tryLoopback,
  fuzz: tryFuzz,
  text: tryText,
  engine: tryEngine,
  reach: tryReach,
} satisfies Readonly<Record<string, (options: PartOptions) => PartReport | Promise<PartReport>>>
export type PartName = keyof typeof securityParts

async function tryChecklist(): Promise<PartReport> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-security-'))
  try {
    const points = await runChecklist(await startFakeShell(shellCode, folder))
    return {
      figures: { checklist: points.filter(({ problems }) => problems.length === 0).length },
      problems: points.flatMap(({ point, problems }) => problems.map((problem) => `point ${point}: ${problem}`)),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function tryMutants({ isQuick }: PartOptions): Promise<PartReport> {
  if (isQuick) return { figures: { mutantsNoticed: null }, problems: [] }
  const problems: string[] = []
  for (const mutant of mutants) {
    const points = await pointsThatNotice(mutant)
    if (!points.includes(mutant.point))
      problems.push(`point ${mutant.point} does not notice ${mutant.from} → ${mutant.to}`)
  }
  for (const mutant of wiringMutants) {
    if (!(await isWireMissed(mutant))) problems.push(`“${mutant.wire}” holds without ${mutant.from}`)
  }
  const all = mutants.length + wiringMutants.length
  return { figures: { mutantsNoticed: (all - problems.length) / all }, problems }
}

function tryFuses(): PartReport {
  const problems = fuseProblems()
  return { figures: { fuses: 9 - problems.length }, problems }
}

async function tryLoopback(): Promise<PartReport> {
  const attacks = await runAttacks()
  const open = attacks.filter(({ gotThrough, nextMs }) => gotThrough !== undefined || nextMs >= maxNextMs)
  return {
    figures: { loopbackBlocked: attacks.length - open.length },
    problems: open.map(
      ({ name, gotThrough, nextMs }) => `${name}: ${gotThrough ?? `next request after ${nextMs.toFixed()} ms`}`,
    ),
  }
}

async function tryFuzz({ isQuick, seed }: PartOptions): Promise<PartReport> {
  const { inputs, escapes } = await fuzzShells(isQuick ? inputsOfEachKind.quick : inputsOfEachKind.full, seed)
  return {
    figures: { fuzzInputs: inputs, fuzzEscapes: escapes.length },
    problems: escapes.map((escape) => `${escape} (seed ${seed})`),
  }
}

async function tryText({ isQuick }: PartOptions): Promise<PartReport> {
  const found = await tryHostileText(isQuick ? strings.quick : strings.full)
  return {
    figures: {
      xssExecutions: found.executions,
      xssStrings: found.strings,
      xssShown: found.shown,
      xssRefused: found.refused,
      xssExecutionsUndefended: found.executionsUndefended,
    },
    problems: found.problems,
  }
}

async function tryEngine({ isQuick }: PartOptions): Promise<PartReport> {
  const report = await tryContainmentOnScreen(isQuick ? quickFaults : engineFaults)
  return {
    figures: {
      engineRecoveryMs: Math.max(0, ...report.results.map(({ recoveryMs }) => recoveryMs)),
      engineToldMs: Math.max(0, ...report.results.map(({ toldMs }) => toldMs)),
      slowestAnswerMs: Math.round(report.slowestAnswerMs),
    },
    problems: containmentProblems(report),
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

async function tryReach(): Promise<PartReport> {
  const reach = await watchEngineReach()
  return {
    figures: { engineSockets: reach?.sockets.length ?? null, engineWrites: reach?.writes.length ?? null },
    problems: [
      ...(reach?.sockets ?? []).map((call) => `the engine opens a socket: ${call}`),
      ...(reach?.writes ?? []).map((call) => `the engine writes: ${call}`),
    ],
  }
}
