import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { upscalerManifestSchema } from '#app/domain/upscaler.ts'

import { createPackStore } from '../../store/pack-store.ts'
import { makeTinyPack } from '../../tiny/make-tiny-pack.ts'
import { makeTar } from '../hostile/tar-maker.ts'
import { bytesSource } from '../readers/byte-source.ts'
import {
  madeModelJson,
  madeShards,
  madeUpscaler,
  writeMadeArchive,
  writeMadePackage,
} from '../testing/made-upscaler.ts'

import { importUpscaler } from './import-upscaler.ts'
import { readLayersModel } from './layers-model.ts'
import { isUpscalerPackage } from './upscaler-package.ts'

let base: string
let made: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-upscalers-'))
  made = join(base, 'made')
  await writeMadePackage(made, [2, 4])
})
afterAll(() => rm(base, { recursive: true }))

describe('importing a package', () => {
  test('a folder and its archive become the same pack, with its licence, and nothing is left behind', async () => {
    const archive = await writeMadeArchive(join(base, 'made'), [2, 4])
    const folders = await Promise.all(
      [made, archive].map(async (path, index) => {
        expect(await isUpscalerPackage([path])).toBe(true)
        const packsFolder = join(base, `packs-${index}`)
        const report = await importUpscaler({ path, packsFolder })
        expect(report).toMatchObject({
          ...{ source: '@somebody/made-upscaler 1.2.3', licence: 'MIT', scales: [2, 4] },
          attribution: [
            'Copyright (c) 2022 Some Body.',
            "@somebody/made-upscaler 1.2.3 (npm), MIT; the whole licence is in the pack's LICENSE.",
          ],
          pack: { id: 'made-upscaler', isNew: true },
        })
        expect(await readdir(packsFolder)).toEqual(['made-upscaler'])
        return report.pack!.folder
      }),
    )
    const hashes = await Promise.all(folders.map(hashOfAll))
    expect(hashes[0]).toEqual(hashes[1])
    expect(Object.keys(hashes[0]!)).toEqual(['LICENSE', 'pack.json', 'upscaler-x2.onnx', 'upscaler-x4.onnx'])
  })

  test('again changes nothing, and another name makes another pack', async () => {
    const packsFolder = join(base, 'packs-0')
    expect((await importUpscaler({ path: made, packsFolder })).pack).toMatchObject({ isNew: false })
    expect((await importUpscaler({ path: made, packsFolder, name: 'Twice as large', scales: [2] })).pack?.id).toBe(
      'twice-as-large',
    )
  })

  test('other scales, or another release that begins with the same number, cannot take its name', async () => {
    const packsFolder = join(base, 'packs-0')
    const taken = { code: 'invalidRequest', message: expect.stringContaining('of other files is installed') as string }
    await expect(importUpscaler({ path: made, packsFolder, scales: [2] })).rejects.toMatchObject(taken)
    const later = join(base, 'later')
    await writeMadePackage(later, [2, 4], 'rrdn')
    const facts = await readFile(join(later, 'package.json'), 'utf8')
    await writeFile(join(later, 'package.json'), facts.replace('1.2.3', '1.2.30'))
    await expect(importUpscaler({ path: later, packsFolder })).rejects.toMatchObject(taken)
  })

  test('weights that make no graph, or enlarge otherwise than their folder says, are refused by a dry run too', async () => {
    const packsFolder = join(base, 'packs-mixed')
    const mixed = join(base, 'mixed')
    await writeMadePackage(mixed, [2])
    await rename(join(mixed, 'models', 'x2'), join(mixed, 'models', 'x4'))
    await expect(importUpscaler({ path: mixed, packsFolder, isDryRun: true })).rejects.toThrow(
      'models/x4/model.json: its weights enlarge ×2, its folder says ×4 (rule family-mismatch)',
    )
    const without = madeUpscaler('rdn', 4).filter(({ name }) => !name.startsWith('UPN2/'))
    const inside = join(mixed, 'models', 'x4')
    await writeFile(join(inside, 'model.json'), JSON.stringify(madeModelJson(without)))
    for (const [index, shard] of madeShards(without).entries())
      await writeFile(join(inside, `group1-shard${index + 1}of2.bin`), shard)
    await expect(importUpscaler({ path: mixed, packsFolder, isDryRun: true })).rejects.toMatchObject({
      rule: 'family-mismatch',
    })
  })

  test('a member outside of package/, and package.json that is no JSON, are refused by a rule', async () => {
    const file = join(base, 'odd.tgz')
    const members = [{ name: 'package/LICENSE', data: Buffer.from('MIT') }]
    const attempt = async (name: string, text: string) => {
      await writeFile(file, gzipSync(makeTar([...members, { name, data: Buffer.from(text) }])))
      return importUpscaler({ path: file, packsFolder: join(base, 'packs-odd') })
    }
    await expect(attempt('package.json', '{}')).rejects.toMatchObject({ rule: 'tar-entry' })
    await expect(attempt('package/package.json', '{"name":')).rejects.toMatchObject({ rule: 'header' })
  })

  test('a dry run installs nothing', async () => {
    const packsFolder = join(base, 'not-there')
    expect((await importUpscaler({ path: made, packsFolder, isDryRun: true })).pack).toBeNull()
    await expect(readdir(packsFolder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a scale that is not there, a package without a licence, and a link are refused', async () => {
    const packsFolder = join(base, 'packs-refused')
    await expect(importUpscaler({ path: made, packsFolder, scales: [8] })).rejects.toThrow(
      '@somebody/made-upscaler: it has no model for ×8 (there are: x2, x4) (rule family-unknown)',
    )
    const bare = join(base, 'bare')
    await writeMadePackage(bare, [2])
    await rm(join(bare, 'LICENSE'))
    await symlink('/etc/hostname', join(bare, 'LICENSE'))
    await expect(importUpscaler({ path: bare, packsFolder })).rejects.toMatchObject({ rule: 'truncated' })
    expect(await readdir(packsFolder)).toEqual([])
  })

  test('nothing else is taken for one', async () => {
    expect(await isUpscalerPackage([join(made, 'package.json')])).toBe(false)
    expect(await isUpscalerPackage([base])).toBe(false)
    expect(await isUpscalerPackage([made, made])).toBe(false)
  })
})

describe('an upscaler among packs', () => {
  test('it is listed apart, found by its kind, and removed', async () => {
    const installed = join(base, 'store')
    const store = createPackStore({ installed, shipped: [] })
    await makeTinyPack(join(base, 'tiny'))
    await store.install(join(base, 'tiny'))
    const { summary } = await store.install(join(base, 'packs-0', 'made-upscaler'))
    expect(summary).toMatchObject({ id: 'made-upscaler', scales: [2, 4], licence: 'MIT' })
    expect((await store.list()).map((pack) => pack.summary.id)).toEqual(['tiny'])
    expect((await store.listUpscalers()).map((pack) => pack.summary.id)).toEqual(['made-upscaler'])
    expect(await store.listBroken()).toEqual([])
    await expect(store.find(summary.id)).rejects.toThrow(
      'The pack "made-upscaler" is an upscaler: it enlarges pictures and draws none.',
    )
    await store.remove(summary.id)
    await expect(store.findUpscaler(summary.id)).rejects.toThrow(
      'There is no upscaler "made-upscaler". The upscalers are: none.',
    )
  })

  test('one with a changed byte, a model of another kind or two of one scale is broken', async () => {
    const installed = join(base, 'broken')
    const source = join(base, 'packs-1', 'made-upscaler')
    const store = createPackStore({ installed, shipped: [] })
    const { folder } = await store.install(source)
    const manifest = parseUpscaler(await readFile(join(folder, 'pack.json'), 'utf8'))
    const [first, second] = manifest.models
    const broken: readonly (readonly [object, string])[] = [
      [{ ...manifest, models: [first, { ...second, scale: 2 }] }, 'pack.json: two models have one scale.'],
      [{ ...manifest, models: [first] }, 'pack.json: upscaler-x4.onnx is listed but has no use.'],
      [{ ...manifest, kind: 'other' }, 'kind'],
      [{ ...manifest, models: [first, { ...second, reach: 1e9 }] }, 'reach'],
    ]
    for (const [changed, reason] of broken) {
      await writeFile(join(folder, 'pack.json'), JSON.stringify(changed))
      const [{ error } = { error: undefined }] = await store.listBroken()
      expect([error?.code, error?.message]).toEqual(['packInvalid', expect.stringContaining(reason)])
    }
  })
})

describe('hostile models', () => {
  const weights = madeUpscaler('rdn', 2)
  const good = madeModelJson(weights) as { weightsManifest: { weights: object[] }[]; modelTopology: object }
  const read = (json: object, shards = madeShards(weights)) =>
    readLayersModel(bytesSource('model.json', Buffer.from(JSON.stringify(json))), (name) =>
      bytesSource(name, shards[name.includes('1of2') ? 0 : 1] ?? Buffer.alloc(0)),
    )
  const withWeight = (first: object) => {
    const [group] = good.weightsManifest
    return { ...good, weightsManifest: [{ ...group, weights: [first, ...group!.weights.slice(1)] }] }
  }
  const withLayer = (class_name: string, config: object) => ({
    ...good,
    modelTopology: { model_config: { config: { layers: [{ class_name, config: { name: 'odd', ...config } }] } } },
  })
  const kernel = (shape: readonly number[], dtype = 'float32') => withWeight({ name: 'F_m1/kernel', shape, dtype })
  const nan = [...madeShards(weights)].map((shard) => Buffer.from(shard))
  nan[0]!.writeFloatLE(NaN, 0)

  test.each([
    [
      'a shard that was cut',
      () => read(good, [madeShards(weights)[0]!, madeShards(weights)[1]!.subarray(4)]),
      'truncated',
    ],
    [
      'bytes left over',
      () => read(good, [...madeShards(weights).map((shard) => Buffer.concat([shard, Buffer.alloc(4)]))]),
      'trailing-bytes',
    ],
    ['a shape that wants more', () => read(kernel([3, 3, 3, 60])), 'truncated'],
    ['absurd sizes', () => read(kernel([65536, 65536, 65536, 65536])), 'limit'],
    ['a size past all bounds', () => read(kernel([3, 3, 1e12, 3])), 'header'],
    ['no size', () => read(kernel([3, 3, 0, 3])), 'header'],
    ['another element type', () => read(kernel([3, 3, 3, 6], 'int32')), 'header'],
    ['a value that is no number', () => read(good, nan), 'dtype'],
    ['a kernel without its four sides', () => read(kernel([27, 6])), 'family-mismatch'],
    ['a shard elsewhere', () => read({ ...good, weightsManifest: [{ paths: ['../up.bin'], weights: [] }] }), 'header'],
    ['another activation', () => read(withLayer('Activation', { activation: 'tanh' })), 'family-unknown'],
    ['another gain', () => read(withLayer('MultiplyBeta', { beta: 0.5 })), 'family-unknown'],
    ['steps over pixels', () => read(withLayer('Conv2D', { padding: 'same', strides: [2, 2] })), 'family-unknown'],
    [
      'holes in a kernel',
      () => read(withLayer('Conv2D', { padding: 'same', dilation_rate: [2, 2] })),
      'family-unknown',
    ],
    ['groups', () => read(withLayer('Conv2D', { padding: 'same', groups: 3 })), 'family-unknown'],
    ['a lost edge', () => read(withLayer('Conv2D', { padding: 'valid', kernel_size: [3, 3] })), 'family-unknown'],
    ['a layer that every object has', () => read(withLayer('constructor', {})), 'family-unknown'],
    ['another layer', () => read(withLayer('Lambda', {})), 'family-unknown'],
    ['another format', () => read({ ...good, format: 'graph-model' }), 'header'],
    [
      'no JSON',
      () => readLayersModel(bytesSource('model.json', Buffer.from('{')), () => bytesSource('', Buffer.alloc(0))),
      'header',
    ],
    ['a name twice', () => read(withWeight({ name: 'F_0/bias', shape: [162], dtype: 'float32' })), 'tensor-name'],
  ] as const)('%s is refused', (_, attempt, rule) => {
    expect(attempt).toThrow(expect.objectContaining({ rule }))
  })
})

const parseUpscaler = (text: string) => upscalerManifestSchema.parse(JSON.parse(text))

async function hashOfAll(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted()
  const entries = names.map(async (name) => [
    name,
    createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex'),
  ])
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>
}
