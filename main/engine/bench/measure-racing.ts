import type { DecodeJob } from '#app/contract/engine-protocol.ts'

import { cosine, embedPictures, embedText } from '../process/clip.ts'
import { draftFor, keepCell, type Draft } from '../process/drafts.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import { drawGrids } from '../process/pixels.ts'
import { prefill } from '../process/prefill.ts'
import { StepBatch } from '../process/step-batch.ts'
import { benchJob } from './bench-job.ts'
import type { BenchPack } from './measure-run.ts'

/** Best of N against a race: weak candidates are dropped part of the way, so that more can start. Means over prompts and seeds. */
export interface RacingMeasurement {
  readonly races: number
  readonly plain: Contest
  readonly racing: Contest
  /** Pearson's correlation of the score of an unfinished candidate with that of the finished one, after each share of the rows. */
  readonly foresight: readonly { readonly share: number; readonly correlation: number }[]
}

export interface Contest {
  /** Candidates begun. */
  readonly started: number
  readonly seconds: number
  /** CLIP score of the best picture. */
  readonly topScore: number
}

/** Shares of the rows after which half of the candidates are dropped. */
const checks = [0.25, 0.5, 0.75]
const seeds = 2

/** @param plainCount candidates without a race. The race begins with as many as take the same time: they are found by trying. */
export async function measureRacing(
  pack: BenchPack,
  threads: number,
  prompts: readonly string[],
  plainCount: number,
): Promise<RacingMeasurement> {
  const loaded = await loadPack({ packId: pack.manifest.id, folder: pack.folder, precision: 'fp32' }, { threads })
  const jobs = prompts.flatMap((prompt) =>
    Array.from({ length: seeds }, (_, seed) => benchJob(pack.manifest, { prompt, seed })),
  )
  // Warms up.
  await meanOf(jobs.slice(0, 1), (job) => contest(loaded, job, plainCount, checks))
  const plain = await meanOf(jobs, (job) => contest(loaded, job, plainCount, []))
  // How many may start so that the race lasts as long as the plain way: by the time that each number takes on one prompt.
  let started = Math.ceil(plainCount / 2)
  for (const count of [0.75, 1, 1.25, 1.5, 2, 3].map((factor) => Math.ceil(plainCount * factor))) {
    const { seconds } = await meanOf(jobs.slice(0, 3), (job) => contest(loaded, job, count, checks))
    if (seconds <= plain.seconds) started = count
  }
  const racing = await meanOf(jobs, (job) => contest(loaded, job, started, checks))
  const foresight = await measureForesight(loaded, jobs, plainCount)
  await loaded.dispose()
  return { races: jobs.length, plain, racing, foresight }
}

async function meanOf(jobs: readonly DecodeJob[], run: (job: DecodeJob) => Promise<Contest>): Promise<Contest> {
  let [started, seconds, topScore] = [0, 0, 0]
  for (const job of jobs) {
    const result = await run(job)
    started += result.started / jobs.length
    seconds += result.seconds / jobs.length
    topScore += result.topScore / jobs.length
  }
  return { started, seconds, topScore }
}

/** @param drops shares of the rows after which the worse half leaves */
async function contest(pack: LoadedPack, job: DecodeJob, count: number, drops: readonly number[]): Promise<Contest> {
  const { rows, columns } = pack.manifest.image
  const begun = performance.now()
  const text = await embedText(pack, job.prompt)
  const prefilled = await prefill(pack, job)
  let drafts = Array.from({ length: count }, (_, index) => draftFor(pack, job, index))
  let batch = new StepBatch(pack.transformer, count, prefilled.caches.length)
  batch.fillFromPrefill(prefilled)
  const dropRows = drops.map((share) => Math.round(share * rows))
  for (let cell = 0; cell < rows * columns; cell++) {
    drawCell(pack, job, batch, drafts, cell)
    if ((cell + 1) % columns === 0 && dropRows.includes((cell + 1) / columns)) {
      const scores = await scoresOf(pack, text, drafts, (cell + 1) / columns)
      const order = drafts.map((_, place) => place).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
      const kept = order.slice(0, Math.ceil(drafts.length / 2)).sort((a, b) => a - b)
      batch = batch.subset(kept)
      drafts = kept.flatMap((place) => drafts[place] ?? [])
    }
    if (cell + 1 < rows * columns) await batch.step(cell)
  }
  const scores = await scoresOf(pack, text, drafts, rows)
  return { started: count, seconds: (performance.now() - begun) / 1000, topScore: Math.max(...scores) }
}

function drawCell(pack: LoadedPack, job: DecodeJob, batch: StepBatch, drafts: readonly Draft[], cell: number): void {
  const { sampler } = pack.transformer
  for (const [place, draft] of drafts.entries()) {
    const conditional = batch.conditional(place)
    const code = sampler.draw(conditional, batch.unconditional(place), job.settings, job.seed, draft.index, cell)
    keepCell(draft, cell, code, sampler.likelihood(conditional, code))
    batch.setCode(place, code)
  }
}

/** CLIP scores of what is there; the rows to come repeat the last one. */
async function scoresOf(
  pack: LoadedPack,
  text: Float32Array,
  drafts: readonly Draft[],
  rowsDone: number,
): Promise<number[]> {
  const { columns } = pack.manifest.image
  const scores: number[] = []
  for (let first = 0; first < drafts.length; first += 2) {
    const grids = drafts.slice(first, first + 2).map(({ tokens }) => {
      const grid = tokens.slice()
      for (let cell = rowsDone * columns; cell < grid.length; cell++) grid[cell] = grid[cell - columns] ?? 0
      return grid
    })
    const embeddings = await embedPictures(pack, await drawGrids(pack, grids))
    scores.push(...embeddings.map((embedding) => cosine(text, embedding)))
  }
  return scores
}

async function measureForesight(
  pack: LoadedPack,
  jobs: readonly DecodeJob[],
  count: number,
): Promise<RacingMeasurement['foresight']> {
  const early = checks.map(() => [] as number[])
  const late: number[] = []
  for (const job of jobs) {
    const { rows, columns } = pack.manifest.image
    const text = await embedText(pack, job.prompt)
    const prefilled = await prefill(pack, job)
    const drafts = Array.from({ length: count }, (_, index) => draftFor(pack, job, index))
    const batch = new StepBatch(pack.transformer, count, prefilled.caches.length)
    batch.fillFromPrefill(prefilled)
    for (let cell = 0; cell < rows * columns; cell++) {
      drawCell(pack, job, batch, drafts, cell)
      if (cell + 1 < rows * columns) await batch.step(cell)
    }
    const centred = (scores: readonly number[]): number[] => {
      const mean = scores.reduce((a, b) => a + b, 0) / scores.length
      return scores.map((score) => score - mean)
    }
    // Between candidates of one prompt: that is what a race must tell.
    late.push(...centred(await scoresOf(pack, text, drafts, rows)))
    for (const [i, share] of checks.entries()) {
      early[i]?.push(...centred(await scoresOf(pack, text, drafts, Math.round(share * rows))))
    }
  }
  return checks.map((share, i) => ({ share, correlation: correlationOf(early[i] ?? [], late) }))
}

function correlationOf(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
