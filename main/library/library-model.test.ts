import { rmSync } from 'node:fs'

import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'

import type { PictureId } from '#app/domain/ids.ts'

import type { StoredLibrary } from './library.ts'
import { openLibrary } from './open-library.ts'
import { makeQuickFolder } from './testing/folders.ts'
import { createRandom, sampleCandidate, sampleGeneration } from './testing/sample.ts'

/** What a library is, said with a map. */
interface ModelPicture {
  readonly prompt: string
  rating: number
  readonly tags: Set<string>
  isDeleted: boolean
}
type Model = Map<PictureId, ModelPicture>
interface Real {
  library: StoredLibrary
  readonly folder: string
}
type Command = fc.AsyncCommand<Model, Real>

const random = createRandom(8)
let clock = Date.UTC(2026, 0, 1)
const now = () => (clock += 1000)

const at = (model: Model, share: number): PictureId | undefined => [...model.keys()][Math.floor(share * model.size)]
const anyPicture = fc.double({ min: 0, max: 0.999, noNaN: true })
const anyTag = fc.constantFrom('Red', 'fruit', '红', 'a b')

/** A command on one picture; skipped while there is none. */
function onPicture(
  share: number,
  text: string,
  act: (model: Model, real: Real, id: PictureId, picture: ModelPicture) => void,
): Command {
  return {
    check: (model) => model.size > 0,
    run: async (model, real) => {
      const id = at(model, share)!
      act(model, real, id, model.get(id)!)
    },
    toString: () => `${text}(${share.toFixed(2)})`,
  }
}

const commands = [
  fc.constantFrom('an apple', 'two apples', 'a fox').map((prompt): Command => ({
    check: () => true,
    run: async (model, { library }) => {
      const { id } = library.createGeneration(sampleGeneration({ prompt, candidates: 2 }))
      for (let i = 0; i < 2; i++) {
        const picture = await library.addCandidate(id, sampleCandidate(i, random))
        model.set(picture.id, { prompt, rating: 0, tags: new Set(), isDeleted: false })
      }
      library.setGenerationState(id, 'finished')
    },
    toString: () => `generate(${prompt})`,
  })),
  fc.tuple(anyPicture, fc.integer({ min: 0, max: 5 })).map(([share, rating]) =>
    onPicture(share, `rate ${rating}`, (_model, { library }, id, picture) => {
      library.ratePictures([id], rating)
      picture.rating = rating
    }),
  ),
  fc.tuple(anyPicture, anyTag).map(([share, tag]) =>
    onPicture(share, `tag ${tag}`, (_model, { library }, id, picture) => {
      library.changeTags([id], { add: [tag] })
      picture.tags.add(tag)
    }),
  ),
  fc.tuple(anyPicture, anyTag).map(([share, tag]) =>
    onPicture(share, `untag ${tag}`, (_model, { library }, id, picture) => {
      library.changeTags([id], { remove: [tag.toUpperCase()] })
      picture.tags.delete(tag)
    }),
  ),
  anyPicture.map((share) =>
    onPicture(share, 'delete', (_model, { library }, id, picture) => {
      library.deletePictures([id])
      picture.isDeleted = true
    }),
  ),
  anyPicture.map((share) =>
    onPicture(share, 'restore', (_model, { library }, id, picture) => {
      library.restorePictures([id])
      picture.isDeleted = false
    }),
  ),
  fc.constant<Command>({
    check: () => true,
    run: async (model, { library }) => {
      library.emptyTrash(-1)
      for (const [id, picture] of model) if (picture.isDeleted) model.delete(id)
    },
    toString: () => 'emptyTrash',
  }),
  fc.constant<Command>({
    check: () => true,
    run: async (_model, real) => {
      real.library.close()
      real.library = await openLibrary({ folder: real.folder, now })
    },
    toString: () => 'restart',
  }),
  fc.constant<Command>({
    check: () => true,
    run: async (model, { library }) => {
      const expected = [...model].toReversed()
      const shown = expected.filter(([, picture]) => !picture.isDeleted)
      const describe = ([id, picture]: [PictureId, ModelPicture]) => [id, picture.prompt, picture.rating, picture.tags]
      expect(library.findPictures({}).items.map((p) => [p.id, p.prompt, p.rating, new Set(p.tags)])).toEqual(
        shown.map(describe),
      )
      const ids = (filter: Parameters<StoredLibrary['findPictures']>[0]['filter']) =>
        library.findPictures({ filter }).items.map((picture) => picture.id)
      const modelIds = (keep: (picture: ModelPicture) => boolean) =>
        shown.filter(([, picture]) => keep(picture)).map(([id]) => id)
      expect(ids({ minRating: 3 })).toEqual(modelIds((picture) => picture.rating >= 3))
      expect(ids({ tags: ['red'] })).toEqual(modelIds((picture) => picture.tags.has('Red')))
      expect(ids({ query: 'appl' })).toEqual(modelIds((picture) => picture.prompt.includes('appl')))
      expect(ids({ query: 'fruit' })).toEqual(modelIds((picture) => picture.tags.has('fruit')))
      expect(ids({ isDeleted: true })).toEqual(expected.filter(([, p]) => p.isDeleted).map(([id]) => id))
      const report = await library.verify()
      expect({ ...report, seconds: 0 }).toEqual({
        databaseProblems: [],
        pictures: model.size,
        pictureProblems: [],
        orphanFiles: 0,
        seconds: 0,
      })
    },
    toString: () => 'look',
  }),
]

describe('library', () => {
  const folders: string[] = []
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

  it('is what the model says, whatever is done to it in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 30 }), async (list) => {
        const folder = makeQuickFolder('model')
        folders.push(folder)
        const real: Real = { folder, library: await openLibrary({ folder, now }) }
        try {
          await fc.asyncModelRun(() => ({ model: new Map() as Model, real }), list)
        } finally {
          real.library.close()
        }
      }),
      { numRuns: 12 },
    )
  }, 60_000)
})
