import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import type { PictureId } from '#app/domain/ids.ts'

import { nodeFileSystem } from '../files/file-system.ts'
import type { StoredLibrary } from '../library.ts'
import { openLibrary } from '../open-library.ts'
import { furnish } from '../testing/actions.ts'
import { createPowerCutFiles } from '../testing/power-cut-files.ts'
import { createRandom, sampleCandidate, sampleGeneration } from '../testing/sample.ts'

export interface PowerCutReport {
  readonly cuts: number
  readonly acknowledged: number
  readonly lost: number
  readonly dangling: number
  readonly failures: readonly string[]
}

/** What the library has answered before the power went. */
interface Acknowledged {
  readonly saved: PictureId[]
  readonly restored: PictureId[]
}

async function work(
  library: StoredLibrary,
  deleted: readonly PictureId[],
  shown: readonly PictureId[],
  told: Acknowledged,
) {
  const random = createRandom(5)
  const { id } = library.createGeneration(sampleGeneration({ prompt: 'before the cut' }))
  for (let i = 0; i < 3; i++) told.saved.push((await library.addCandidate(id, sampleCandidate(i, random))).id)
  library.deletePictures(shown.slice(0, 2))
  library.restorePictures(deleted)
  told.restored.push(...deleted)
  library.restorePictures(shown.slice(0, 1))
  await library.backUp()
  told.saved.push((await library.addCandidate(id, sampleCandidate(3, random))).id)
  library.emptyTrash(-1)
}

/** Also when there is no time left. */
const fewest = 2

/**
 * Cuts the power before every single file operation of a piece of work, and drops what was not fsynced: what the library
 * had answered must be there, and no row may name a missing file. SQLite's own files are trusted with what it synced.
 * @param untilMs when to stop, as `performance.now()` counts; a few cuts are made in any case
 */
export async function cutPower(root: string, step = 1, untilMs = Infinity): Promise<PowerCutReport> {
  const base = join(root, 'base')
  const furnishing = await openLibrary({ folder: base })
  const { shown, deleted } = await furnish(furnishing)
  furnishing.close()
  const report = { cuts: 0, acknowledged: 0, lost: 0, dangling: 0 }
  const failures: string[] = []
  for (let cutAt = 0; ; cutAt += step) {
    const folder = join(root, 'cut')
    cpSync(base, folder, { recursive: true })
    const files = createPowerCutFiles(nodeFileSystem, join(root, 'limbo'), cutAt)
    const told: Acknowledged = { saved: [], restored: [] }
    let library: StoredLibrary | undefined
    try {
      library = await openLibrary({ folder, files })
      await work(library, deleted, shown, told)
    } catch {
      // The power went: whatever the program was told is of no use to anyone.
    }
    try {
      library?.close()
    } catch {
      // The same.
    }
    const isOver = files.operations <= cutAt
    files.cut()
    const after = await openLibrary({ folder })
    const found = await after.verify()
    const there = new Set(after.listPictures({ limit: 500 }).items.map((picture) => picture.id))
    const missing = [...told.saved, ...told.restored].filter((id) => !there.has(id))
    after.close()
    report.cuts++
    report.acknowledged += told.saved.length + told.restored.length
    report.lost += missing.length
    report.dangling += found.pictureProblems.length
    for (const problem of [...found.databaseProblems, ...found.pictureProblems.map((one) => one.problem)]) {
      failures.push(`cut at ${cutAt}: ${problem}`)
    }
    if (missing.length > 0) failures.push(`cut at ${cutAt}: ${missing.length} acknowledged pictures lost`)
    for (const used of ['cut', 'limbo']) rmSync(join(root, used), { recursive: true, force: true })
    const isLate = report.cuts >= fewest && performance.now() > untilMs
    if (isOver || isLate) return { ...report, failures }
  }
}
