import {
  copyFileSync,
  cpSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
  readSync,
} from 'node:fs'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { repairLibrary } from '../health/repair.ts'
import type { StoredLibrary } from '../library.ts'
import { databaseName } from '../library-folder.ts'
import { openLibrary } from '../open-library.ts'
import { createRandom, sampleCandidate, sampleGeneration } from '../testing/sample.ts'

export interface CorruptionReport {
  readonly corruptions: number
  /** Found by opening or by `verify`. */
  readonly detected: number
  /** Not found, and every picture answers as before. */
  readonly harmless: number
  /** Not found, and something answers otherwise. */
  readonly silent: number
  /** Share of the pictures that are there again after repair, with prompt, seed, tokens, pack and dates as before. */
  readonly rowsBack: number
  /** The same for stars, tags and collections, which no PNG repeats. */
  readonly marksBack: number
  readonly failures: readonly string[]
}

const kinds = ['flipped byte', 'zeroed page', 'truncation', 'swapped WAL'] as const

/** What was true of a picture, as text: made by the picture itself, and what people said of it. */
interface Truth {
  readonly made: ReadonlyMap<string, string>
  readonly marks: ReadonlyMap<string, string>
}

function readTruth(library: StoredLibrary): Truth {
  const made = new Map<string, string>()
  const marks = new Map<string, string>()
  const inCollection = new Map<string, string[]>()
  for (const collection of library.listCollections()) {
    for (const picture of library.findPictures({ filter: { collectionId: collection.id }, limit: 500 }).items) {
      inCollection.set(picture.id, [...(inCollection.get(picture.id) ?? []), collection.name])
    }
  }
  for (const picture of library.findPictures({ limit: 500 }).items) {
    const detail = library.getPicture(picture.id)
    const { prompt, index, perplexity, createdAt, tokens, objectSha256, bytes, pack, rows, columns, clipScore } = detail
    const { seed, settings } = detail.generation
    const score = clipScore?.toFixed(2)
    const parts = {
      prompt,
      index,
      perplexity,
      createdAt,
      tokens,
      objectSha256,
      bytes,
      pack,
      rows,
      columns,
      score,
      seed,
      settings,
    }
    made.set(picture.id, JSON.stringify(parts))
    marks.set(picture.id, JSON.stringify([picture.rating, picture.tags, inCollection.get(picture.id) ?? []]))
  }
  return { made, marks }
}

/** 120 pictures: most in a backup, the last ones only in the database and its WAL, as a crash leaves them. */
async function makeBase(folder: string, seed: number): Promise<Truth> {
  const random = createRandom(seed)
  const library = await openLibrary({ folder })
  for (let job = 0; job < 30; job++) {
    const prompt = `prompt number ${job} of ${seed}`
    const { id } = library.createGeneration(sampleGeneration({ prompt, seed: job }))
    for (let i = 0; i < 4; i++) {
      const picture = await library.addCandidate(id, sampleCandidate(i, random, { dimensions: 64 }))
      if (random() < 0.4) library.ratePictures([picture.id], 1 + Math.floor(random() * 5))
      if (random() < 0.3) library.changeTags([picture.id], { add: [random() < 0.5 ? 'portrait' : 'study'] })
    }
    library.setGenerationState(id, 'finished')
    if (job === 10) {
      const ids = library.findPictures({ limit: 10 }).items.map((picture) => picture.id)
      library.changeCollection(library.createCollection('Chosen').id, { add: ids })
    }
    if (job === 24) await library.backUp()
  }
  const truth = readTruth(library)
  // As a crash leaves it: the WAL still beside the database.
  for (const ending of ['', '-wal']) copyFileSync(join(folder, databaseName + ending), join(folder, `crashed${ending}`))
  library.close()
  for (const ending of ['', '-wal']) {
    copyFileSync(join(folder, `crashed${ending}`), join(folder, databaseName + ending))
    rmSync(join(folder, `crashed${ending}`))
  }
  writeFileSync(join(folder, 'open.json'), '{}')
  return truth
}

function corrupt(folder: string, kind: (typeof kinds)[number], random: () => number, otherWal: string): string {
  const target = join(folder, random() < 0.8 ? databaseName : `${databaseName}-wal`)
  const size = statSync(target).size
  if (kind === 'swapped WAL') {
    copyFileSync(otherWal, join(folder, `${databaseName}-wal`))
    return 'WAL of another library'
  }
  if (kind === 'truncation') {
    const length = Math.floor(random() * size)
    truncateSync(target, length)
    return `${target.slice(folder.length + 1)} cut to ${length}`
  }
  const at = kind === 'zeroed page' ? Math.floor((random() * size) / 4096) * 4096 : Math.floor(random() * size)
  const bytes = Buffer.alloc(kind === 'zeroed page' ? Math.min(4096, size - at) : 1)
  const descriptor = openSync(target, 'r+')
  if (kind === 'flipped byte') {
    readSync(descriptor, bytes, 0, 1, at)
    bytes[0]! ^= 1 << Math.floor(random() * 8)
  }
  writeSync(descriptor, bytes, 0, bytes.length, at)
  closeSync(descriptor)
  return `${kind} at ${at} of ${target.slice(folder.length + 1)}`
}

const countSame = (now: ReadonlyMap<string, string>, before: ReadonlyMap<string, string>) =>
  [...before].filter(([id, value]) => now.get(id) === value).length

/** Damages the database files of a crashed library in so many ways, and repairs what is found. */
export async function corruptAgainAndAgain(
  root: string,
  wanted: { readonly cases: number; readonly seed?: number; readonly untilMs?: number },
): Promise<CorruptionReport> {
  const random = createRandom(wanted.seed ?? 2)
  const base = join(root, 'base')
  const truth = await makeBase(base, 1)
  await makeBase(join(root, 'other'), 2)
  const otherWal = join(root, 'other', `${databaseName}-wal`)
  const count = { corruptions: 0, detected: 0, harmless: 0, silent: 0 }
  const failures: string[] = []
  const back = { rows: 0, marks: 0, of: 0 }
  const isTimeLeft = () => wanted.untilMs === undefined || performance.now() < wanted.untilMs
  for (let n = 0; n < wanted.cases && (n < kinds.length || isTimeLeft()); n++) {
    const folder = join(root, 'case')
    cpSync(base, folder, { recursive: true })
    const what = corrupt(folder, kinds[n % kinds.length]!, random, otherWal)
    count.corruptions++
    try {
      const outcome = await findAndRepair(folder)
      if (outcome.isFound) count.detected++
      const { after, problems } = outcome
      const rows = countSame(after.made, truth.made)
      if (!outcome.isFound) count[rows === truth.made.size ? 'harmless' : 'silent']++
      back.rows += rows
      back.marks += countSame(after.marks, truth.marks)
      if (rows < truth.made.size) failures.push(`${what}: ${truth.made.size - rows} pictures not back`)
      failures.push(...problems.map((problem) => `${what}: after repair ${problem}`))
    } catch (error) {
      failures.push(`${what}: ${String(error)}`)
    }
    back.of += truth.made.size
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    ...count,
    rowsBack: back.of === 0 ? 1 : back.rows / back.of,
    marksBack: back.of === 0 ? 1 : back.marks / back.of,
    failures,
  }
}

interface Outcome {
  readonly isFound: boolean
  readonly after: Truth
  /** Still wrong after the repair. */
  readonly problems: readonly string[]
}

/** As a person would: open it, have it verified, have repaired what is found, look again. */
async function findAndRepair(folder: string): Promise<Outcome> {
  let library = await openUnlessDamaged(folder)
  let isFound = library === undefined
  if (library !== undefined) {
    const report = await library.verify()
    isFound = report.databaseProblems.length + report.pictureProblems.length + report.orphanFiles > 0
    // Pictures whose rows went with a torn WAL: the database is sound, and takes them in again.
    if (report.orphanFiles > 0) await library.rebuild()
    if (report.databaseProblems.length + report.pictureProblems.length > 0) {
      library.close()
      library = undefined
    }
  }
  if (library === undefined) {
    await repairLibrary({ folder })
    library = await openLibrary({ folder })
  }
  const after = readTruth(library)
  const { databaseProblems, pictureProblems } = await library.verify()
  library.close()
  return { isFound, after, problems: [...databaseProblems, ...pictureProblems.map((one) => one.problem)] }
}

async function openUnlessDamaged(folder: string): Promise<StoredLibrary | undefined> {
  try {
    return await openLibrary({ folder })
  } catch (error) {
    if (error instanceof StudioError && error.code === 'libraryDamaged') return undefined
    throw error
  }
}
