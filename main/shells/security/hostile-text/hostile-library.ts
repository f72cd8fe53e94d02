import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'

import { StudioError } from '#app/contract/errors.ts'
import type { PackId, PictureId } from '#app/domain/ids.ts'
import { maxTagLength } from '#app/domain/organising.ts'
import { addTexts } from '#main/library/png/png-chunks.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'
import { openStudio } from '#main/studio/open-studio.ts'
import type { Studio } from '#main/studio/studio.ts'
import { marked, markOf, type Way } from './marks.ts'

/** A real studio that has taken hostile text in by every way it comes from outside. */
export interface HostileLibrary {
  readonly studio: Studio
  /** Marks of all that was taken in. */
  readonly taken: readonly string[]
  readonly pictures: number
  /** What the studio would not take in, and why: a refusal is a defence too. */
  readonly refused: readonly string[]
  close(): Promise<void>
}

const packId = 'tiny' as PackId
const textsOfPack = 25
const longestPrompt = 2000
const longestFileName = 200
const longestCardLine = 2000
const longestCollectionName = 200

/** Takes each text in by each way. @param texts at least one */
export async function openHostileLibrary(texts: readonly string[]): Promise<HostileLibrary> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-hostile-'))
  const packs = join(folder, 'packs')
  const before = process.env['EASEL_PACKS']
  await makePacks(packs, texts)
  process.env['EASEL_PACKS'] = packs
  const studio = await openStudio({ shell: 'browser', libraryFolder: join(folder, 'library') }).finally(() => {
    if (before === undefined) delete process.env['EASEL_PACKS']
    else process.env['EASEL_PACKS'] = before
  })
  const intake = new Intake(studio)
  intake.taken.push(...texts.map((_text, place) => markOf('card of a pack', place)))
  for (const [place, text] of texts.entries()) await intake.takeIn(text, place)
  await studio.whenIdle()
  importPngs(studio, intake, join(folder, 'pngs'), await makePngs(texts))
  const pictures = await studio.api.countPictures({})
  return {
    ...{ studio, pictures, taken: intake.taken, refused: intake.refused },
    async close() {
      await studio.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

class Intake {
  readonly taken: string[] = []
  readonly refused: string[] = []
  readonly #studio: Studio
  /** Has all the tags and is in all the collections. */
  #carrier: PictureId | undefined

  constructor(studio: Studio) {
    this.#studio = studio
  }

  async takeIn(text: string, place: number): Promise<void> {
    const { api } = this.#studio
    await this.#try('prompt', place, () =>
      api.generate({ prompt: marked(text, 'prompt', place, longestPrompt), packId, seed: place, candidates: 1 }),
    )
    await this.#try('name of a dropped file', place, async () => {
      // No system allows these two in a name.
      const name = `${marked(text.replace(/[/\0]/g, ' '), 'name of a dropped file', place, longestFileName)}.png`
      const { picture } = await api.importPicture({ name, base64: (await plainPng(place)).toString('base64'), packId })
      this.#carrier ??= picture.id
    })
    const pictureIds = this.#carrier === undefined ? [] : [this.#carrier]
    await this.#try('tag', place, () => api.changeTags({ pictureIds, add: [marked(text, 'tag', place, maxTagLength)] }))
    await this.#try('collection', place, async () => {
      const name = marked(text, 'collection', place, longestCollectionName)
      const { id } = await api.createCollection({ name })
      await api.changeCollection({ collectionId: id, add: pictureIds })
    })
  }

  async #try(way: Way, place: number, take: () => Promise<unknown>): Promise<void> {
    try {
      await take()
      this.taken.push(markOf(way, place))
    } catch (error) {
      if (!(error instanceof StudioError)) throw error
      this.refused.push(`${way} ${place}: ${error.message}`)
    }
  }
}

/** What packs say of themselves: each text is a line of attribution, some are names, licences and descriptions too. */
async function makePacks(folder: string, texts: readonly string[]): Promise<void> {
  mkdirSync(folder)
  await makeTinyPack(join(folder, packId), { id: packId })
  for (let first = 0; first < texts.length; first += textsOfPack) {
    const part = texts.slice(first, first + textsOfPack)
    const id = `hostile-${first}`
    cpSync(join(folder, packId), join(folder, id), { recursive: true })
    const file = join(folder, id, 'pack.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const [name = '', licence = name] = part
    const said = {
      id,
      name: name.slice(0, 200) || 'no name',
      licence: licence.slice(0, 200),
      description: part.join('\n').slice(0, 4000),
      attribution: part.map((text, place) => marked(text, 'card of a pack', first + place, longestCardLine)),
    }
    writeFileSync(file, JSON.stringify({ ...manifest, ...said }))
  }
}

/** PNGs as the most used program of all writes them: the prompt, then a line of settings. */
function makePngs(texts: readonly string[]): Promise<readonly Uint8Array[]> {
  return Promise.all(
    texts.map(async (text, place) => {
      const prompt = marked(text.replaceAll('\0', ' '), 'text of a PNG', place, longestPrompt)
      const settings = `Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: ${place}, Size: 32x32`
      return addTexts(await plainPng(place), new Map([['parameters', `${prompt}\n${settings}`]]))
    }),
  )
}

function importPngs(studio: Studio, intake: Intake, folder: string, pngs: readonly Uint8Array[]): void {
  mkdirSync(folder)
  for (const [place, png] of pngs.entries()) {
    const file = join(folder, `${place}.png`)
    writeFileSync(file, png)
    const { added, refused } = studio.library.importPictures({ files: [file] })
    if (added === 1) intake.taken.push(markOf('text of a PNG', place))
    for (const { reason } of refused) intake.refused.push(`text of a PNG ${place}: ${reason}`)
  }
}

/** @param place makes the picture unlike the others */
function plainPng(place: number): Promise<Buffer> {
  const background = { r: 255, g: place % 256, b: Math.floor(place / 256) }
  return sharp({ create: { width: 32, height: 32, channels: 3, background } })
    .png()
    .toBuffer()
}
