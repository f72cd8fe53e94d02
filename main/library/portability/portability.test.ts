import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { GenerationId, PictureId } from '#app/domain/ids.ts'

import type { StoredLibrary } from '../library.ts'
import { nodeFileSystem } from '../files/file-system.ts'
import { openLibrary } from '../open-library.ts'
import { encodePng } from '../png/encode-png.ts'
import { addPictureMetadata, readPictureMetadata } from '../png/picture-metadata.ts'
import { addTexts } from '../png/png-chunks.ts'
import { furnish, type Furnished } from '../testing/actions.ts'
import { createFaultyFiles, type Fault } from '../testing/faulty-files.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import { createRandom, sampleCandidate } from '../testing/sample.ts'

let root: string
let library: StoredLibrary
let other: StoredLibrary
let furnished: Furnished

beforeEach(async () => {
  root = makeQuickFolder('portability')
  library = await openLibrary({ folder: join(root, 'one') })
  other = await openLibrary({ folder: join(root, 'two') })
  furnished = await furnish(library)
})
afterEach(() => {
  library.close()
  other.close()
  rmSync(root, { recursive: true })
})

/** All that a person can see of a library's pictures. */
const contentOf = (of: StoredLibrary) => ({
  pictures: of.findPictures({}).items.map((picture) => {
    const { generation, entropies, ...detail } = of.getPicture(picture.id)
    const { state: _state, finishedAt: _finishedAt, ...job } = generation
    return { ...picture, ...detail, entropies: entropies.length, job: { ...job, best: [], finishedCandidates: 0 } }
  }),
  tags: of.listTags(),
  collections: of.listCollections().map(({ id, name, pictures }) => ({ id, name, pictures })),
})
const sound = { databaseProblems: [], pictureProblems: [] }

describe('archive', () => {
  it('carries a library with all its marks, and adds nothing the second time', async () => {
    const file = join(root, 'library.tar')
    expect(await library.exportArchive({ file })).toMatchObject({ file, pictures: 6 })
    expect(await other.importArchive({ file })).toEqual({ added: 6, known: 0, refused: [] })
    expect(await other.importArchive({ file })).toEqual({ added: 0, known: 6, refused: [] })
    expect(contentOf(other)).toEqual(contentOf(library))
    expect(await other.verify()).toMatchObject(sound)
  })

  it.each<Fault>(['ENOSPC', 'short write', 'EIO'])(
    'leaves the earlier file and nothing half written when the disk says %s, whenever it does',
    async (fault) => {
      const target = join(root, 'target')
      const file = join(target, 'library.tar')
      mkdirSync(target)
      library.close()
      const files = createFaultyFiles(nodeFileSystem)
      library = await openLibrary({ folder: join(root, 'one'), files })
      const ids = furnished.shown.slice(0, 2)
      const { bytes } = await library.exportArchive({ file, ids })
      const before = readFileSync(file)
      let failAt = 0
      for (; ; failAt++) {
        files.arm(failAt, fault)
        const outcome = await library.exportArchive({ file, ids }).catch((error: unknown) => error)
        files.disarm()
        if (files.operations <= failAt) break
        const code = fault === 'EIO' ? 'storageFailed' : 'storageFull'
        // Past the rename the archive is there whole, whether or not the disk says that it stays.
        const isRenamed = !readFileSync(file).equals(before)
        if (!isRenamed) expect(outcome).toMatchObject({ code })
        expect(readdirSync(target)).toEqual(['library.tar'])
        expect((await library.exportArchive({ file, ids })).bytes).toBe(bytes)
        writeFileSync(file, before)
      }
      expect(failAt).toBeGreaterThan(8)
      expect((await other.importArchive({ file })).added).toBe(2)
    },
  )

  it('carries a selection as tokens, drawn again where it is opened', async () => {
    const file = join(root, 'tokens.tar')
    const ids = furnished.shown.slice(0, 2)
    const { bytes } = await library.exportArchive({ file, ids, hasPixels: false })
    expect(bytes).toBeLessThan(20_000)
    expect((await other.importArchive({ file })).refused).toHaveLength(2)
    const picture = sampleCandidate(0, createRandom(1)).picture
    const draw = async () => picture
    expect(await other.importArchive({ file, draw })).toEqual({ added: 2, known: 0, refused: [] })
    expect(other.getPicture(ids[0]!).tokens).toEqual(library.getPicture(ids[0]!).tokens)
  })

  it('refuses a picture that is not what its name says, and takes the rest', async () => {
    const file = join(root, 'library.tar')
    await library.exportArchive({ file })
    const bytes = readFileSync(file)
    bytes[bytes.lastIndexOf('IDAT') + 20]! ^= 1
    writeFileSync(file, bytes)
    const report = await other.importArchive({ file })
    expect(report).toMatchObject({ added: 5, known: 0, refused: [{ reason: expect.stringContaining('damaged') }] })
    expect(await other.verify()).toMatchObject(sound)
  })

  it('refuses what is cut short, is no archive, or holds a name of its own', async () => {
    const file = join(root, 'library.tar')
    await library.exportArchive({ file })
    truncateSync(file, 2000)
    await expect(other.importArchive({ file })).rejects.toMatchObject({ code: 'invalidRequest' })
    writeFileSync(file, 'not a tar file, but long enough to be looked at'.repeat(20))
    await expect(other.importArchive({ file })).rejects.toMatchObject({ code: 'invalidRequest' })
    writeFileSync(file, '')
    await expect(other.importArchive({ file })).rejects.toMatchObject({ code: 'invalidRequest' })
    expect(other.countPictures()).toBe(0)
  })
})

describe('merge', () => {
  it('brings two libraries together without duplicates', async () => {
    library.close()
    expect(await other.mergeLibrary(join(root, 'one'))).toEqual({ added: 6, known: 0, refused: [] })
    expect(await other.mergeLibrary(join(root, 'one'))).toEqual({ added: 0, known: 6, refused: [] })
    library = await openLibrary({ folder: join(root, 'one') })
    expect(contentOf(other)).toEqual(contentOf(library))
    await expect(other.mergeLibrary(other.folder)).rejects.toThrow('That is this library')
  })
})

describe('import of PNG files', () => {
  const comfy = {
    '3': { class_type: 'KSampler', inputs: { seed: 42, cfg: 8, positive: ['6', 0], negative: ['7', 0] } },
    '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'model.safetensors' } },
    '6': { class_type: 'CLIPTextEncode', inputs: { text: 'a castle', clip: ['4', 1] } },
    '7': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['4', 1] } },
  }
  it.each([
    [
      'automatic1111',
      'parameters',
      'a castle\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 8, Seed: 42, Size: 16x16, Model hash: abc, Model: model.safetensors',
    ],
    [
      'invokeai',
      'invokeai_metadata',
      JSON.stringify({ positive_prompt: 'a castle', seed: 42, cfg_scale: 8, model: { name: 'model.safetensors' } }),
    ],
    [
      'invokeai',
      'sd-metadata',
      JSON.stringify({
        model_weights: 'model.safetensors',
        image: { prompt: [{ prompt: 'a castle', weight: 1 }], seed: 42, cfg_scale: 8 },
      }),
    ],
    ['comfyui', 'prompt', JSON.stringify(comfy)],
  ])('reads what %s wrote under %s', async (origin, keyword, text) => {
    const png = await encodePng(sampleCandidate(0, createRandom(1)).picture)
    const file = join(root, 'foreign.png')
    writeFileSync(file, addTexts(png, new Map([[keyword, text]])))
    expect(other.importPictures({ files: [file] })).toEqual({ added: 1, known: 0, refused: [] })
    expect(other.importPictures({ files: [file] })).toEqual({ added: 0, known: 1, refused: [] })
    const [picture] = other.findPictures({ filter: { origin: origin as never, query: 'castle', seed: 42 } }).items
    expect(other.getPicture(picture!.id)).toMatchObject({
      prompt: 'a castle',
      width: 16,
      tokens: [],
      pack: { id: origin, version: 'model.safetensors' },
      generation: { seed: 42, settings: { guidanceScale: 8 } },
    })
    expect(await other.verify()).toMatchObject(sound)
  })

  it('takes dates of wrong clocks, halves of characters, and prompts that are cut within one', async () => {
    const { picture } = sampleCandidate(0, createRandom(1))
    const own = readPictureMetadata(readFileSync(library.pictureFile(furnished.shown[0]!)))!
    const dates = ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z', '1969-12-31T00:00:00.000Z']
    const files = await Promise.all(
      dates.map(async (date, i) => {
        const id = own.pictureId.slice(0, -1) + i
        const change = { pictureId: id as PictureId, generationId: id as GenerationId, prompt: `half \ud800 ${i}` }
        const metadata = { ...own, ...change, createdAt: date, generationCreatedAt: date }
        writeFileSync(join(root, `${i}.png`), addPictureMetadata(await encodePng(picture), metadata))
        return join(root, `${i}.png`)
      }),
    )
    const long = join(root, 'long.png')
    const text = `${'a'.repeat(3999)}🍎\nSteps: 20, Seed: 42`
    writeFileSync(long, addTexts(await encodePng(picture), new Map([['parameters', text]])))
    utimesSync(long, 1e13, 1e13)
    expect(other.importPictures({ files: [...files, long] })).toEqual({ added: 4, known: 0, refused: [] })
    expect(other.findPictures({}).items.map(({ prompt }) => prompt.slice(-6))).toEqual([
      'aaaaa�',
      'lf � 1',
      'lf � 0',
      'lf � 2',
    ])
    expect(other.listPictures({ limit: 1 }).items).toHaveLength(1)
    expect(other.readTimeline().map(({ pictures }) => pictures)).toEqual([3, 1])
    expect(await other.verify()).toMatchObject(sound)
  })

  it('walks folders, takes pictures of Easel as they are, names the rest by file, and refuses what is no PNG', async () => {
    const folder = join(root, 'mixed')
    mkdirSync(join(folder, 'deep'), { recursive: true })
    writeFileSync(join(folder, 'own.png'), readFileSync(library.pictureFile(furnished.shown[0]!)))
    writeFileSync(join(folder, 'deep', 'Holiday.PNG'), await encodePng(sampleCandidate(0, createRandom(2)).picture))
    writeFileSync(join(folder, 'broken.png'), 'not a PNG')
    writeFileSync(join(folder, 'note.txt'), 'text')
    symlinkSync(folder, join(folder, 'deep', 'circle'))
    expect(other.importPictures({ folder })).toEqual({
      added: 2,
      known: 0,
      refused: [{ file: 'broken.png', reason: expect.stringContaining('signature') }],
    })
    expect(other.getPicture(furnished.shown[0]!).prompt).toBe('a red apple on a white background')
    expect(other.findPictures({ filter: { origin: 'file' } }).items.map((picture) => picture.prompt)).toEqual([
      'Holiday',
    ])
  })
})
