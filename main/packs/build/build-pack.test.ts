import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { lazyTensor, tensor } from '../onnx/tensor.ts'
import { tinyWeights, type TinyOptions } from '../tiny/tiny-weights.ts'
import { validatePack } from '../validate/validate-pack.ts'
import { modelDescriptionSchema, type ModelDescription } from '../weights/model-description.ts'
import type { ModelWeights } from '../weights/read-weights.ts'

import { buildPack } from './build-pack.ts'
import { packFiles } from './pack-files.ts'

let base: string
let count = 0
const freshFolder = () => join(base, `pack-${count++}`)

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-build-'))
})
afterAll(() => rm(base, { recursive: true }))

test('the same weights give the same bytes', async () => {
  const folders = [freshFolder(), freshFolder()]
  for (const folder of folders) await buildPack(tinyWeights(), folder)
  const [first, second] = await Promise.all(folders.map((folder) => readFile(join(folder, 'pack.json'), 'utf8')))
  expect(first).toBe(second)
})

test.each<[string, TinyOptions]>([
  ['rmsnorm', { transformer: { norm: 'rmsnorm', qkNorm: false } }],
  ['geglu', { transformer: { activation: 'geglu' } }],
  ['gelu', { transformer: { activation: 'gelu' } }],
  ['gelu_tanh', { transformer: { activation: 'gelu_tanh' } }],
  ['quick_gelu', { transformer: { activation: 'quick_gelu' } }],
  ['sparse attention', { transformer: { layers: 3, attention: ['row', 'column', 'convolution'] } }],
  ['a wide grid', { transformer: { rows: 2, columns: 6 } }],
  ['no CLIP', { hasClip: false }],
  ['a palette', { hasPalette: true }],
])('what we build is what we accept: %s', async (_, options) => {
  const folder = freshFolder()
  const manifest = await buildPack(tinyWeights(options), folder)
  expect((await validatePack(folder)).manifest).toEqual(manifest)
})

test('float16 storage makes a smaller file that needs the same memory', async () => {
  const [wide, narrow] = [freshFolder(), freshFolder()]
  await buildPack(tinyWeights(), wide)
  await buildPack(tinyWeights(), narrow, { storage: 'float16' })
  const [floats, halves] = [await validatePack(wide), await validatePack(narrow)]
  const bytes = ({ manifest }: typeof floats) => manifest.files['clip-text.onnx']?.bytes ?? Infinity
  expect(bytes(halves)).toBeLessThan(0.75 * bytes(floats))
  expect(halves.manifest.memory).toEqual(floats.manifest.memory)
})

test('a transformer too large for one float32 file comes in 8 bits only', () => {
  const weights = tinyWeights()
  const { width } = weights.model.transformer
  const mlpWidth = 2 ** 23
  const wide = (name: string, dims: number[]) =>
    [name, lazyTensor('float32', dims, () => expect.fail(`${name} was asked for.`))] as const
  const layers = weights.model.transformer.attention.map((_, layer) => `layers.${layer}.mlp`)
  const transformer = new Map([
    ...weights.transformer,
    ...layers.map((name) => wide(`${name}.up.weight`, [mlpWidth, width])),
    ...layers.map((name) => wide(`${name}.down.weight`, [width, mlpWidth])),
  ])
  const model = { ...weights.model, transformer: { ...weights.model.transformer, mlpWidth } }
  const files = [...packFiles({ ...weights, model, transformer }, 'float32')].map(({ file }) => file)
  expect(files.filter((file) => file.startsWith('transformer'))).toEqual(['transformer.int8.onnx'])
})

test('an existing pack is not overwritten', async () => {
  const folder = freshFolder()
  await mkdir(folder)
  await writeFile(join(folder, 'mine.txt'), 'mine')
  await expect(buildPack(tinyWeights(), folder)).rejects.toMatchObject({ code: 'ENOTEMPTY' })
  expect(await readdir(folder)).toEqual(['mine.txt'])
})

const broken = (change: (weights: ModelWeights) => ModelWeights) => change(tinyWeights())

test.each<[string, ModelWeights, string]>([
  [
    'a tensor nobody asked for',
    broken((weights) => ({ ...weights, dvae: new Map([...weights.dvae, ['extra', one()]]) })),
    'dvae.safetensors: extra is not part of the format (1 such tensors).',
  ],
  [
    'a missing tensor',
    broken((weights) => ({
      ...weights,
      dvae: new Map([...weights.dvae].filter(([name]) => name !== 'encoder.input.bias')),
    })),
    'dvae.safetensors: encoder.input.bias is missing.',
  ],
  [
    'a tensor of another shape',
    broken((weights) => ({ ...weights, clip: new Map([...(weights.clip ?? []), ['text_projection.weight', one()]]) })),
    'clip.safetensors: text_projection.weight has the shape [1], not [24, 32].',
  ],
  [
    'channels that do not meet',
    broken((weights) => ({
      ...weights,
      dvae: new Map([...weights.dvae].filter(([name]) => !name.startsWith('decoder.groups.0.blocks.0.id_path'))),
    })),
    'decoder.groups.0.blocks.0: 12 channels meet 16; an id_path convolution must make them equal.',
  ],
  [
    'a palette of more colours than the decoder mixes',
    broken(() => {
      const weights = tinyWeights({ hasPalette: true })
      const plain = [...tinyWeights().dvae].filter(([name]) => name.startsWith('decoder.output.'))
      return { ...weights, dvae: new Map([...weights.dvae, ...plain]) }
    }),
    'dvae.safetensors: decoder.output.weight has 3 outputs; 20 are needed.',
  ],
])('weights are refused by name: %s', async (_, weights, message) => {
  const folder = freshFolder()
  await expect(buildPack(weights, folder)).rejects.toMatchObject({ code: 'packInvalid', message })
  expect((await readdir(base)).filter((name) => name.includes('building'))).toEqual([])
})

test.each<[string, (model: ModelDescription) => ModelDescription, string]>([
  [
    'rows that are not said to be a palette',
    (model) => ({ ...model, transformer: { ...model.transformer, paletteRows: 0 } }),
    '4 positions; transformer.paletteRows × columns = 0 are needed',
  ],
  [
    'a palette and no places',
    (model) => ({ ...model, transformer: { ...model.transformer, rows: 1 } }),
    '1 palette rows leave no place in 1 rows',
  ],
  [
    'more ids than the vocabulary has',
    (model) => ({ ...model, dvae: { ...model.dvae, palette: { positions: 4, levels: 17 } } }),
    '4 × 17 ids pass the vocabulary, 64',
  ],
])('a description is refused: %s', (_, change, message) => {
  const { model } = tinyWeights({ hasPalette: true })
  expect(modelDescriptionSchema.safeParse(model).success).toBe(true)
  const issues = modelDescriptionSchema.safeParse(change(model)).error?.issues ?? []
  expect(issues.map((issue) => issue.message)).toEqual([message])
})

function one() {
  return tensor('float32', [1], Float32Array.of(1))
}
