import { isDeepStrictEqual } from 'node:util'

import type { PageFile } from '../../serving/page-files.ts'
import { fakePage } from '../../testing/fake-page.ts'
import { Answers } from './answers.ts'
import { ContainmentStudio } from './containment-studio.ts'
import { engineFaults, type EngineFault } from './engine-fault.ts'

/** What became of one fault. Times in milliseconds after the process had ended. */
export interface ContainmentResult {
  readonly fault: EngineFault | 'two in a row'
  /** Until the page was told, or showed it when there is a screen. */
  readonly toldMs: number
  /** Until the queue drew on. */
  readonly recoveryMs: number
}

export interface ContainmentReport {
  readonly results: readonly ContainmentResult[]
  /** The longest wait for a small answer, all the while. */
  readonly slowestAnswerMs: number
  /** Anything lost, drawn twice or drawn differently; jobs that did not end as they must; answers that did not come. */
  readonly problems: readonly string[]
}

/** Where errors are shown: a page of the studio. */
export interface Screen {
  open(address: string): Promise<void>
  /** `Date.now()` of the moment when the first error since then was on screen. @param since `Date.now()` */
  shownAt(since: number): Promise<number>
  /** Dismisses what is shown. */
  clear(): Promise<void>
}

const candidates = 12

/**
 * Ends the engine of a real studio in each of the ways, in the middle of a job with another one behind it, and looks at what
 * becomes of both; then twice in a row, which must fail the job, set its pack aside and leave the other one alone.
 */
export async function tryContainment(
  faults: readonly EngineFault[] = engineFaults,
  screen?: Screen,
  page: ReadonlyMap<string, PageFile> = fakePage,
): Promise<ContainmentReport> {
  const studio = await ContainmentStudio.open()
  const answers = await Answers.start(studio.studio, page)
  const problems: string[] = []
  const results: ContainmentResult[] = []
  try {
    await screen?.open(answers.host.address)
    const calm = [await drawCalmly(studio, 'first'), await drawCalmly(studio, 'second')]
    const collect = async (fault: ContainmentResult['fault'], result: Promise<ContainmentResult>): Promise<void> => {
      try {
        results.push(await result)
      } catch (error) {
        problems.push(`${fault}: ${String(error)}`)
      }
    }
    for (const fault of faults) await collect(fault, tryFault(studio, fault, calm, problems, screen))
    await collect('two in a row', tryQuarantine(studio, calm[1] ?? [], problems, screen))
    const { databaseProblems, pictureProblems } = await studio.studio.library.verify()
    problems.push(...databaseProblems, ...pictureProblems.map(({ problem }) => problem))
    if (answers.failed > 0) problems.push(`${answers.failed} answers failed`)
    return { results, slowestAnswerMs: answers.slowestMs, problems }
  } finally {
    await answers.close()
    await studio.close()
  }
}

async function drawCalmly(studio: ContainmentStudio, pack: string): Promise<readonly string[]> {
  const generation = await studio.generate(pack, candidates)
  await studio.idle()
  return studio.tokensOf(generation)
}

async function tryFault(
  studio: ContainmentStudio,
  fault: EngineFault,
  calm: readonly (readonly string[])[],
  problems: string[],
  screen: Screen | undefined,
): Promise<ContainmentResult> {
  await plan(studio, [fault], screen)
  const jobs = [await studio.generate('first', candidates), await studio.generate('second', candidates)]
  await studio.idle()
  for (const [place, job] of jobs.entries()) {
    const { generation } = await studio.studio.api.getGeneration({ generationId: job.id })
    if (generation.state !== 'finished') problems.push(`${fault}: job ${place + 1} has ${generation.state}`)
    if (!isDeepStrictEqual(await studio.tokensOf(job), calm[place]))
      problems.push(`${fault}: job ${place + 1} drew something else`)
  }
  if (studio.deaths.endedAt.length !== 1)
    problems.push(`${fault}: the engine ended ${studio.deaths.endedAt.length} times`)
  if (hasRepeats(studio)) problems.push(`${fault}: a picture was drawn twice`)
  return timesOf(studio, fault, 'engineRestarted', screen)
}

/** The pack `first` ends the engine twice; the job of `second` behind it must be drawn all the same. */
async function tryQuarantine(
  studio: ContainmentStudio,
  calm: readonly string[],
  problems: string[],
  screen: Screen | undefined,
): Promise<ContainmentResult> {
  await plan(studio, ['segmentation fault', 'abort'], screen)
  const jobs = [await studio.generate('first', candidates), await studio.generate('second', candidates)] as const
  await studio.idle()
  const { generation } = await studio.studio.api.getGeneration({ generationId: jobs[0].id })
  if (generation.state !== 'failed' || generation.error?.code !== 'engineDied')
    problems.push(`two in a row: the job has ${generation.state}`)
  if (!isDeepStrictEqual(await studio.tokensOf(jobs[1]), calm))
    problems.push('two in a row: the next job drew something else')
  const again = await studio.generate('first', 1).then(
    () => 'drawn',
    (error: unknown) => String(error),
  )
  if (!again.includes('The pack "first" ended the engine 2 times')) problems.push(`the pack is not set aside: ${again}`)
  return timesOf(studio, 'two in a row', 'generationEnded', screen)
}

/** The next engines have these faults; the one of before goes, in its idle time. */
async function plan(
  studio: ContainmentStudio,
  faults: readonly EngineFault[],
  screen: Screen | undefined,
): Promise<void> {
  await studio.deaths.endIdle()
  studio.deaths.planned.push(...faults)
  studio.events.length = 0
  await screen?.clear()
}

async function timesOf(
  { deaths, events }: ContainmentStudio,
  fault: ContainmentResult['fault'],
  telling: 'engineRestarted' | 'generationEnded',
  screen: Screen | undefined,
): Promise<ContainmentResult> {
  const endedAt = deaths.endedAt.at(-1) ?? Infinity
  const told = events.find(({ event, at }) => event.type === telling && at >= endedAt)?.at ?? Infinity
  const drawn = events.find(
    ({ event: { type }, at }) => at >= endedAt && (type === 'rowFinished' || type === 'candidateFinished'),
  )
  const shownAt = (await screen?.shownAt(endedAt)) ?? told
  return { fault, toldMs: shownAt - endedAt, recoveryMs: (drawn?.at ?? Infinity) - endedAt }
}

/** Whether a candidate was finished more than once. Rows may come again: what is in the journal is fed to the model anew. */
function hasRepeats({ events }: ContainmentStudio): boolean {
  const keys = events.flatMap(({ event }) =>
    event.type === 'candidateFinished' ? [`${event.generationId} ${event.picture.index}`] : [],
  )
  return new Set(keys).size < keys.length
}
