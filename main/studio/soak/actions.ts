import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import { engineChild } from '#main/engine/fork-engine.ts'
import { createRandom } from '#main/library/testing/sample.ts'

import { openStudio } from '../open-studio.ts'
import type { Studio } from '../studio.ts'

/** A library that stays the same size: what grows then is a leak. */
const keptPictures = 300
const prompts = ['a red apple', 'two foxes on a hill', 'a lighthouse at night', '红色的苹果', 'a castle, in the snow']

export interface SoakedStudio {
  readonly counts: Readonly<Record<string, number>>
  enginePid(): number | undefined
  /** One action, chosen at random, to its end. */
  act(): Promise<void>
  close(): Promise<void>
}

/**
 * @param root folder of this run; the library is `root/library`
 * @param note told of whatever should not be
 */
export async function openSoakedStudio(
  root: string,
  seed: number,
  note: (problem: string) => void,
): Promise<SoakedStudio> {
  const random = createRandom(seed)
  const imports = join(root, 'imports')
  mkdirSync(imports)
  let child: ChildProcess | undefined
  const counts = {
    ...{ generations: 0, pictures: 0, cancelled: 0, engineKills: 0, imported: 0, deleted: 0, emptied: 0 },
    ...{ searches: 0, backups: 0, archives: 0, verified: 0, reopened: 0, killedWhileDrawing: 0 },
  }
  const open = () =>
    openStudio({
      shell: 'browser',
      libraryFolder: join(root, 'library'),
      spawnEngine: () => {
        child = fork(fileURLToPath(new URL('../../engine/process/fork-entry.ts', import.meta.url)), {
          serialization: 'advanced',
          execArgv: [],
        })
        return engineChild(child)
      },
    })
  let studio = await open()

  const chance = (share: number) => random() < share
  const below = (count: number) => Math.floor(random() * count)
  const aPrompt = () => prompts[below(prompts.length)] ?? 'a red apple'
  async function newest(count: number): Promise<readonly PictureId[]> {
    return (await studio.api.findPictures({ limit: count })).items.map(({ id }) => id)
  }

  async function draw(how: 'undisturbed' | 'cancelled' | 'killed'): Promise<void> {
    const firstRow = how === 'undisturbed' ? undefined : once(studio, 'rowFinished')
    const { id } = await studio.api.generate({ prompt: aPrompt(), candidates: 2 + below(5), seed: below(2 ** 31) })
    if (how !== 'undisturbed') {
      await Promise.race([firstRow, studio.whenIdle()])
      if (how === 'cancelled') await studio.api.cancelGeneration({ generationId: id })
      else if (child?.kill('SIGKILL') === true) counts.killedWhileDrawing++
    }
    await studio.whenIdle()
    await checkEnd(id, how)
  }

  async function checkEnd(generationId: GenerationId, how: string): Promise<void> {
    const { generation, pictures } = await studio.api.getGeneration({ generationId })
    const { state, candidates, error } = generation
    counts.generations++
    counts.pictures += pictures.length
    if (state === 'cancelled') counts.cancelled++
    const isRight = state === 'finished' ? pictures.length === candidates : state === 'cancelled' && how === 'cancelled'
    if (!isRight) note(`${how} run ended ${state} with ${pictures.length} of ${candidates}: ${error?.message ?? ''}`)
  }

  async function importPictures(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, () => below(256))
      const png = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
        .png()
        .toBuffer()
      writeFileSync(join(imports, `${i}.png`), png)
    }
    const { added, refused } = studio.library.importPictures({ folder: imports })
    counts.imported += added
    for (const { file, reason } of refused) note(`import of ${file}: ${reason}`)
  }

  async function deleteSurplus(): Promise<void> {
    const surplus = studio.library.countPictures() - keptPictures
    if (surplus <= 0) return
    const { items } = await studio.api.findPictures({ order: 'oldest', limit: Math.min(surplus + 4, 200) })
    const ids = items.map(({ id }) => id)
    await studio.api.deletePictures({ pictureIds: ids })
    await studio.api.restorePictures({ pictureIds: ids.slice(0, 4) })
    counts.deleted += ids.length
    counts.emptied += (await studio.api.emptyTrash({ olderThanDays: 0 })).removed
  }

  async function search(): Promise<void> {
    await studio.api.findByMeaning({ text: aPrompt(), limit: 20 })
    // A picture read from a file has no embedding to search with.
    const [drawn] = (await studio.api.findPictures({ filter: { origin: 'easel' }, limit: 1 })).items
    if (drawn !== undefined) await studio.api.findSimilar({ pictureId: drawn.id, limit: 20 })
    await studio.api.findPictures({ filter: { query: aPrompt().slice(0, 5) }, limit: 50 })
    counts.searches++
  }

  async function mark(): Promise<void> {
    const pictureIds = await newest(10)
    await studio.api.ratePictures({ pictureIds, rating: below(6) })
    await studio.api.changeTags({ pictureIds, add: [`tag ${below(20)}`], remove: [`tag ${below(20)}`] })
  }

  async function carryArchive(): Promise<void> {
    const file = join(root, 'archive.tar')
    await studio.library.exportArchive({ file, ids: await newest(40) })
    await studio.importArchive(file)
    rmSync(file)
    counts.archives++
  }

  async function checkAndReopen(): Promise<void> {
    const { databaseProblems, pictureProblems } = await studio.library.verify()
    counts.verified++
    for (const problem of databaseProblems) note(`verify: ${problem}`)
    for (const { problem } of pictureProblems) note(`verify: ${problem}`)
    // A job that is being drawn when the studio closes goes on when it opens again.
    const firstRow = once(studio, 'rowFinished')
    const { id } = await studio.api.generate({ prompt: aPrompt(), candidates: 4, seed: below(2 ** 31) })
    await firstRow
    await studio.close()
    studio = await open()
    counts.reopened++
    await studio.whenIdle()
    await checkEnd(id, 'reopened')
  }

  async function act(): Promise<void> {
    const at = random()
    if (at < 0.34) await draw('undisturbed')
    else if (at < 0.46) await draw('cancelled')
    else if (at < 0.52) await draw('killed')
    else if (at < 0.54) killIdleEngine()
    else if (at < 0.64) await importPictures()
    else if (at < 0.8) await deleteSurplus()
    else if (at < 0.88) await search()
    else if (at < 0.94) await mark()
    else if (at < 0.96) {
      await studio.api.backupLibrary()
      counts.backups++
    } else if (at < 0.98) await carryArchive()
    else if (chance(0.5)) await checkAndReopen()
  }

  function killIdleEngine(): void {
    if (child?.kill('SIGKILL') === true) counts.engineKills++
  }

  return { counts, enginePid: () => child?.pid, act, close: () => studio.close() }
}

function once(studio: Studio, type: StudioEvent['type']): Promise<void> {
  return new Promise((resolve) => {
    const stop = studio.subscribe((event) => {
      if (event.type !== type) return
      stop()
      resolve()
    })
  })
}
