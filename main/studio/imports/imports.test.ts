import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { maxUploadPart } from '#app/contract/import-calls.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { CheckpointImport, ImportFile, ImportFileId, ImportId, ImportState } from '#app/domain/checkpoint.ts'
import type { PackId } from '#app/domain/ids.ts'
import { importCheckpoint } from '#main/packs/import/doctor/import-checkpoint.ts'
import { writeMadeModel } from '#main/packs/import/testing/made-checkpoints.ts'
import { writeMadeArchive } from '#main/packs/import/testing/made-upscaler.ts'
import { importUpscaler } from '#main/packs/import/upscalers/import-upscaler.ts'

import { createStudio, type Studio, type StudioOptions } from '../studio.ts'
import { createFakeEngine } from '../testing/fake-engine.ts'
import { createFakePacks, fakePack } from '../testing/fake-packs.ts'
import { createMemoryLibrary } from '../testing/memory-library.ts'

let root: string
let packsFolder: string
let studio: Studio
let events: StudioEvent[]

function start(workshop: Partial<NonNullable<StudioOptions['workshop']>> = {}): Studio {
  const made = createStudio({
    ...{ library: createMemoryLibrary(), engine: createFakeEngine(), version: '1.2.3', shell: 'browser' },
    packs: createFakePacks([fakePack('starter', { isShipped: true }), fakePack('mine')]),
    workshop: {
      packsFolder,
      run: (request) => importCheckpoint({ ...request, packsFolder }),
      checkPack: async () => ({ runs: [], isGood: true, where: '' }),
      ...workshop,
    },
  })
  made.subscribe((event) => events.push(event))
  return made
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'easel-imports-'))
  packsFolder = join(root, 'packs')
  events = []
  studio = start()
})
afterEach(async () => {
  await studio.close()
  await rm(root, { recursive: true })
})

/** Sends a file as a page does, in parts. */
async function upload(path: string, partBytes = 1000): Promise<ImportFile> {
  const content = await readFile(path)
  let file = await studio.api.beginUpload({ name: basename(path), bytes: content.length })
  for (let offset = 0; offset < content.length; offset += partBytes) {
    const base64 = content.subarray(offset, offset + partBytes).toString('base64')
    file = await studio.api.uploadPart({ fileId: file.id, offset, base64 })
  }
  return file
}

async function uploadModel(): Promise<readonly ImportFileId[]> {
  const ids: ImportFileId[] = []
  for (const path of await writeMadeModel(join(root, 'model'))) ids.push((await upload(path, 100_000)).id)
  return ids
}

/** Waits for a state other than the two that work. */
function settled(): Promise<CheckpointImport> {
  return new Promise((resolve) => {
    const look = (): void => {
      const last = events.findLast((event) => event.type === 'importChanged')?.import
      if (last && last.state !== 'examining' && last.state !== 'installing') {
        stop()
        resolve(last)
      }
    }
    const stop = studio.subscribe(() => setImmediate(look))
    look()
  })
}

async function examined(): Promise<CheckpointImport> {
  await studio.api.examineCheckpoint({ fileIds: await uploadModel() })
  return settled()
}

const statesTold = (): ImportState[] => [
  ...new Set(events.flatMap((event) => (event.type === 'importChanged' && event.import ? [event.import.state] : []))),
]

describe('an import in the studio', () => {
  it('goes from uploaded files over the report and the accepted licence to a pack', async () => {
    const { id, report } = await examined()
    if (report?.kind !== 'checkpoint') throw new Error('A checkpoint was examined.')
    expect(report).toMatchObject({
      familyName: 'minDALL-E',
      missing: [],
      extra: [],
      licence: { name: 'CC-BY-NC-SA-4.0' },
      geometry: { rows: 4, columns: 4, pictureWidth: 4 },
    })
    expect(report.parts[0]?.keys).toContain(
      'layers.0.attention.qkv.weight [192, 64] ← stage2_last.ckpt:state_dict.blocks.0.attn.query.weight + ' +
        'stage2_last.ckpt:state_dict.blocks.0.attn.key.weight + stage2_last.ckpt:state_dict.blocks.0.attn.value.weight (stacked)',
    )
    await expect(studio.api.installCheckpoint({ importId: id, acceptedLicence: 'MIT' })).rejects.toMatchObject({
      code: 'invalidRequest',
      message: 'Accept its licence first: "CC-BY-NC-SA-4.0".',
    })
    const wishes = { acceptedLicence: 'CC-BY-NC-SA-4.0', name: 'Small', precision: 'int8' } as const
    await studio.api.installCheckpoint({ importId: id, ...wishes })
    expect(await settled()).toMatchObject({ state: 'installed', packId: 'small', error: null })
    expect(statesTold()).toEqual(['examining', 'examined', 'installing', 'installed'])
    expect(events.at(-1)).toEqual({ type: 'packsChanged' })
    await studio.close()
    expect(await readdir(packsFolder)).toEqual(['small'])
  })

  it('takes an npm package of upscalers too, under the licence of the package', async () => {
    await studio.close()
    studio = start({
      run: ({ files, name, isDryRun, signal }) =>
        importUpscaler({ path: files[0]!, packsFolder, isDryRun, signal, ...(name !== undefined && { name }) }),
    })
    const { id: fileId } = await upload(await writeMadeArchive(join(root, 'made'), [2]), 100_000)
    await studio.api.examineCheckpoint({ fileIds: [fileId] })
    const { id, report } = await settled()
    expect(report).toMatchObject({
      ...{ kind: 'upscaler', source: '@somebody/made-upscaler 1.2.3', name: 'made-upscaler', scales: [2] },
      licence: { name: 'MIT', sources: ['Copyright (c) 2022 Some Body.', expect.stringContaining('(npm), MIT')] },
    })
    await expect(studio.api.installCheckpoint({ importId: id, acceptedLicence: 'GPL' })).rejects.toThrow('"MIT"')
    await studio.api.installCheckpoint({ importId: id, acceptedLicence: 'MIT', name: 'Larger' })
    expect(await settled()).toMatchObject({ state: 'installed', packId: 'larger', error: null })
    await studio.close()
    expect(await readdir(packsFolder)).toEqual(['larger'])
  })

  it('keeps what was examined when the name is taken', async () => {
    const first = await examined()
    const accepted = { acceptedLicence: 'CC-BY-NC-SA-4.0', name: 'Small' }
    await studio.api.installCheckpoint({ importId: first.id, ...accepted })
    await settled()
    await writeFile(join(root, 'model', 'bpe-16k-merges.txt'), '')
    events = []
    const [transformer, vae, vocabulary] = await uploadModel()
    await writeFile(join(root, 'other.txt'), '#version: 0.2\na b</w>\n\n')
    const merges = await upload(join(root, 'other.txt'))
    await studio.api.examineCheckpoint({ fileIds: [transformer!, vae!, vocabulary!, merges.id] })
    const { id } = await settled()
    await studio.api.installCheckpoint({ importId: id, ...accepted })
    expect(await settled()).toMatchObject({ state: 'examined', error: { code: 'invalidRequest' } })
  })

  it('is cancelled between two tensors, and leaves nothing', async () => {
    await studio.close()
    let reached = (): void => {}
    const isConverting = new Promise<void>((resolve) => {
      reached = resolve
    })
    studio = start({
      run: (request) =>
        importCheckpoint({
          ...request,
          packsFolder,
          onProgress(progress) {
            if (progress.stage === 'converting' && progress.done === 1) reached()
            request.onProgress(progress)
          },
        }),
    })
    const { id, report } = await examined()
    await studio.api.installCheckpoint({ importId: id, acceptedLicence: report?.licence.name ?? '' })
    await isConverting
    await studio.api.cancelImport({ importId: id })
    expect(await settled()).toMatchObject({ state: 'cancelled', progress: null })
    await studio.api.cancelImport({ importId: id })
    expect(await studio.api.getImport()).toBeNull()
    await studio.close()
    expect(await readdir(packsFolder)).toEqual([])
  })

  it('fails with what the doctor says', async () => {
    await writeFile(join(root, 'evil.pt'), 'cos\nsystem\n(S"touch x"\ntR.')
    const { id } = await upload(join(root, 'evil.pt'))
    await studio.api.examineCheckpoint({ fileIds: [id] })
    expect(await settled()).toMatchObject({ state: 'failed', error: { code: 'packInvalid' } })
  })

  it('is one at a time', async () => {
    const fileIds = await uploadModel()
    await studio.api.examineCheckpoint({ fileIds })
    await expect(studio.api.examineCheckpoint({ fileIds })).rejects.toMatchObject({ code: 'invalidRequest' })
    await settled()
  })
})

describe('files for an import', () => {
  it('arrive in order and whole, or not at all', async () => {
    const file = await studio.api.beginUpload({ name: 'a.pt', bytes: 6 })
    const part = (offset: number, text: string) =>
      studio.api.uploadPart({ fileId: file.id, offset, base64: Buffer.from(text).toString('base64') })
    expect(await part(0, 'abc')).toEqual({ ...file, receivedBytes: 3 })
    await expect(part(0, 'abc')).rejects.toMatchObject({ message: 'The next part of a.pt begins at byte 3.' })
    await expect(part(3, 'defg')).rejects.toMatchObject({ code: 'invalidRequest' })
    await expect(studio.api.examineCheckpoint({ fileIds: [file.id] })).rejects.toMatchObject({
      message: 'a.pt has not arrived yet: 3 of 6.',
    })
    await studio.api.dropImportFiles({ fileIds: [file.id] })
    await expect(part(3, 'def')).rejects.toMatchObject({ code: 'notFound' })
    const tooLong = 'A'.repeat(Math.ceil(maxUploadPart / 3) * 4 + 4)
    await expect(studio.api.uploadPart({ fileId: file.id, offset: 0, base64: tooLong })).rejects.toMatchObject({
      code: 'invalidRequest',
    })
  })

  it.each(['../a.pt', 'a/b', '..', 'a\u0000b', 'C:\\x', ''])('have a bare name, not %j', async (name) => {
    await expect(studio.api.beginUpload({ name, bytes: 1 })).rejects.toMatchObject({ code: 'invalidRequest' })
  })

  it('must fit on the disk', async () => {
    await expect(studio.api.beginUpload({ name: 'a.pt', bytes: 2 ** 40 })).rejects.toMatchObject({
      code: 'storageFull',
    })
  })

  it('come from the dialog of a shell that has one, and are read where they are', async () => {
    expect(await studio.api.chooseImportFiles()).toBeNull()
    await studio.close()
    const paths = await writeMadeModel(join(root, 'model'))
    studio = start({ chooseFiles: () => Promise.resolve(paths) })
    const files = (await studio.api.chooseImportFiles()) ?? []
    expect(files.map(({ name }) => name)).toEqual(paths.map((path) => basename(path)))
    expect(Object.keys(files[0] ?? {})).toEqual(['id', 'name', 'bytes', 'receivedBytes'])
    await studio.api.examineCheckpoint({ fileIds: files.map(({ id }) => id) })
    const { id } = await settled()
    await studio.api.cancelImport({ importId: id })
    expect(await readdir(join(root, 'model'))).toHaveLength(4)
  })
})

describe('removing a pack', () => {
  const mine = 'mine' as PackId

  it('is told, and refused for the shipped one', async () => {
    await studio.api.removePack({ packId: mine })
    expect((await studio.api.listPacks()).map(({ id }) => id)).toEqual(['starter'])
    expect(events).toEqual([{ type: 'packsChanged' }])
    await expect(studio.api.removePack({ packId: 'starter' as PackId })).rejects.toMatchObject({
      message: 'The pack "starter" came with Easel and stays.',
    })
  })

  it('waits for the jobs that draw with it', async () => {
    await studio.api.pauseQueue()
    const { id } = await studio.api.generate({ prompt: 'a cat', packId: mine })
    await expect(studio.api.removePack({ packId: mine })).rejects.toMatchObject({ code: 'invalidRequest' })
    await studio.api.cancelGeneration({ generationId: id })
    await studio.api.removePack({ packId: mine })
  })
})

it('a studio without a workshop refuses', async () => {
  await studio.close()
  studio = createStudio({
    ...{ library: createMemoryLibrary(), engine: createFakeEngine(), version: '1.2.3', shell: 'cli' },
    packs: createFakePacks([]),
  })
  await expect(studio.api.beginUpload({ name: 'a', bytes: 1 })).rejects.toMatchObject({ code: 'notAllowed' })
  await expect(
    studio.api.cancelImport({ importId: '00000000-0000-0000-0000-000000000000' as ImportId }),
  ).rejects.toMatchObject({ code: 'notAllowed' })
  expect(await studio.api.getImport()).toBeNull()
})
