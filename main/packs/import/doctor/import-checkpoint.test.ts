import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { ImportProgress } from '#app/domain/checkpoint.ts'

import { validatePack } from '../../validate/validate-pack.ts'
import { writeMadeModel } from '../testing/made-checkpoints.ts'

import { importCheckpoint } from './import-checkpoint.ts'

describe('importCheckpoint', () => {
  let root: string
  let packsFolder: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'easel-doctor-'))
    packsFolder = join(root, 'packs')
  })
  afterEach(() => rm(root, { recursive: true }))

  it('says in a dry run what the files are, and leaves nothing behind', async () => {
    const files = await writeMadeModel(join(root, 'model'))
    const report = await importCheckpoint({ files, packsFolder, isDryRun: true })
    expect({
      ...report,
      parts: report.parts.map(({ family }) => family),
      secondsPerPicture: 0,
      sha256: Object.keys(report.sha256),
    }).toEqual({
      family: 'min-dall-e',
      familyName: 'minDALL-E',
      parts: ['min-dall-e', 'taming-vqgan'],
      geometry: {
        textLength: 6,
        textVocabulary: 15,
        rows: 4,
        columns: 4,
        imageVocabulary: 32,
        pictureWidth: 4,
        pictureHeight: 4,
        layers: 1,
        width: 64,
        heads: 1,
      },
      missing: [],
      extra: [],
      licence: {
        name: 'CC-BY-NC-SA-4.0',
        sources: [
          'minDALL-E: github.com/kakaobrain/minDALL-E, LICENSE.cc-by-nc-sa-4.0 (stage-2 weights; not for commercial use)',
          'VQGAN: github.com/CompVis/taming-transformers, License.txt',
        ],
      },
      sha256: ['stage2_last.ckpt', 'stage1_last.ckpt', 'bpe-16k-vocab.json', 'bpe-16k-merges.txt'],
      parameters: 102_487,
      memoryBytes: 428_124,
      secondsPerPicture: 0,
      pack: null,
    })
    expect(report.secondsPerPicture).toBeGreaterThanOrEqual(0)
    expect(report.parts[0]?.keys.find(({ target }) => target === 'layers.0.attention.qkv.weight')).toEqual({
      target: 'layers.0.attention.qkv.weight',
      shape: [192, 64],
      sources: ['query', 'key', 'value'].map((part) => `stage2_last.ckpt:state_dict.blocks.0.attn.${part}.weight`),
      note: 'stacked',
    })
    expect(await readdir(root)).toEqual(['model'])
  })

  it('installs a pack that validates, with its licence and sources, and reports progress', async () => {
    const files = await writeMadeModel(join(root, 'model'))
    const stages: ImportProgress['stage'][] = []
    const report = await importCheckpoint({
      files,
      packsFolder,
      name: 'My Small Model',
      onProgress: ({ stage }) => stages.push(stage),
    })
    expect(report.pack).toEqual({ id: 'my-small-model', folder: join(packsFolder, 'my-small-model'), isNew: true })
    expect(await readdir(packsFolder)).toEqual(['my-small-model'])
    const { manifest } = await validatePack(join(packsFolder, 'my-small-model'))
    expect([manifest.name, manifest.licence, manifest.attribution.length]).toEqual([
      'My Small Model',
      'CC-BY-NC-SA-4.0',
      6,
    ])
    expect([...new Set(stages)]).toEqual(['hashing', 'converting', 'checking', 'installing'])
  })

  it.each(['fp32', 'int8'] as const)('keeps the transformer in %s only when asked to', async (precision) => {
    const files = await writeMadeModel(join(root, 'model'))
    await importCheckpoint({ files, packsFolder, name: 'one', precision })
    const { manifest } = await validatePack(join(packsFolder, 'one'))
    expect(Object.keys(manifest.sessions.transformer)).toEqual([precision])
  })

  it('does nothing for files that are installed already, and gives no name away twice', async () => {
    const files = await writeMadeModel(join(root, 'model'))
    await importCheckpoint({ files, packsFolder, name: 'small' })
    expect((await importCheckpoint({ files, packsFolder, name: 'small' })).pack?.isNew).toBe(false)
    const [first = '', second = '', vocabulary = '', merges = ''] = files
    await writeFile(merges, '#version: 0.2\na b</w>\n\n')
    await expect(
      importCheckpoint({ files: [first, second, vocabulary, merges], packsFolder, name: 'small' }),
    ).rejects.toMatchObject({ code: 'invalidRequest' })
  })

  it('names what is missing or left over, and installs nothing then', async () => {
    const missing = await writeMadeModel(join(root, 'missing'), ({ 'ln_f.bias': _, ...rest }) => rest)
    const extra = await writeMadeModel(join(root, 'extra'), (shapes) => ({ ...shapes, 'blocks.0.gate': [3] }))
    const wrong = await writeMadeModel(join(root, 'wrong'), (shapes) => ({ ...shapes, 'ln_f.bias': [3] }))
    expect(await importCheckpoint({ files: missing, packsFolder, isDryRun: true })).toMatchObject({
      missing: ['ln_f.bias'],
    })
    expect(await importCheckpoint({ files: extra, packsFolder, isDryRun: true })).toMatchObject({
      extra: ['blocks.0.gate'],
    })
    expect(await importCheckpoint({ files: wrong, packsFolder, isDryRun: true })).toMatchObject({
      missing: ['ln_f.bias of shape [64] (it has [3])'],
    })
    for (const files of [missing, extra, wrong])
      await expect(importCheckpoint({ files, packsFolder })).rejects.toMatchObject({ rule: 'family-mismatch' })
    expect(await readdir(packsFolder)).toEqual([])
  })

  it('asks for the files that belong to a model', async () => {
    const [transformer = '', vae = '', ...tokenizer] = await writeMadeModel(join(root, 'model'))
    const dryRun = (files: string[]) => importCheckpoint({ files, packsFolder, isDryRun: true })
    await expect(dryRun([transformer])).rejects.toThrow('give also the picture tokenizer with 32 codes')
    await expect(dryRun([vae])).rejects.toThrow('a picture tokenizer or CLIP alone cannot draw')
    await expect(dryRun(tokenizer)).rejects.toMatchObject({ rule: 'family-unknown' })
    await expect(importCheckpoint({ files: [transformer, vae], packsFolder })).rejects.toThrow(
      'its vocabulary (JSON) and merges',
    )
    await expect(dryRun([join(root, 'nothing.pt')])).rejects.toMatchObject({ code: 'notFound' })
    await expect(dryRun([])).rejects.toMatchObject({ code: 'invalidRequest' })
  })

  it('adds nothing but a CLIP to a pack', async () => {
    const files = await writeMadeModel(join(root, 'model'))
    await importCheckpoint({ files, packsFolder, name: 'small' })
    await expect(importCheckpoint({ files, packsFolder, base: join(packsFolder, 'small') })).rejects.toMatchObject({
      code: 'invalidRequest',
      message: expect.stringContaining('give the files of one CLIP and no others (found: VQGAN, minDALL-E)') as string,
    })
    expect(await readdir(packsFolder)).toEqual(['small'])
  })

  it('stops between two tensors when it is aborted', async () => {
    const files = await writeMadeModel(join(root, 'model'))
    const controller = new AbortController()
    const onProgress = ({ stage, done }: ImportProgress): void => {
      if (stage === 'converting' && done === 5) controller.abort()
    }
    await expect(importCheckpoint({ files, packsFolder, signal: controller.signal, onProgress })).rejects.toMatchObject(
      { name: 'AbortError' },
    )
    expect(await readdir(packsFolder)).toEqual([])
  })
})
