import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { buildPack } from '../build/build-pack.ts'
import { float32Of, type Tensor } from '../onnx/tensor.ts'
import type { TensorMap } from '../safetensors/read.ts'
import { tinyWeights } from '../tiny/tiny-weights.ts'
import type { ModelWeights } from '../weights/read-weights.ts'

import { Initializers } from './initializers.ts'
import { unbuildPack } from './unbuild-pack.ts'

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-unbuild-'))
})
afterAll(() => rm(base, { recursive: true }))

/** Tiny weights whose decoder does not enlarge in its last convolution, as the starter's. */
function weights(): ModelWeights {
  const tiny = tinyWeights({ hasPalette: true })
  const { decoder } = tiny.model.dvae
  const last = decoder.upsample.at(-1) ?? 1
  const [width, height] = tiny.model.dvae.pictureSize
  return {
    ...tiny,
    model: {
      ...tiny.model,
      dvae: {
        ...tiny.model.dvae,
        pictureSize: [width / last, height / last],
        decoder: { ...decoder, upsample: [...decoder.upsample.slice(0, -1), 1] },
      },
    },
  }
}

test.each(['float32', 'float16'] as const)(
  'a pack of what was read from a pack has the same files: %s',
  async (storage) => {
    const [first, second] = [join(base, `${storage}-1`), join(base, `${storage}-2`)]
    const before = weights()
    const built = await buildPack(before, first, { storage })
    const after = await unbuildPack(first, before.model)
    const again = await buildPack(after, second, { storage })
    expect(Object.keys(again.files).sort()).toEqual(Object.keys(built.files).sort())
    const changed = Object.keys(built.files).filter((file) => again.files[file]?.sha256 !== built.files[file]?.sha256)
    // Sums of a row and a column, taken apart and added again, differ in their last bits.
    expect(changed).toEqual(['transformer.onnx', 'transformer.int8.onnx'])
    const [old, fresh] = await Promise.all(
      [first, second].map(async (folder) => new Initializers(folder, await readFile(join(folder, 'transformer.onnx')))),
    )
    const positions = 'position_embedding.weight'
    for (const name of old?.names() ?? []) {
      if (name !== positions) expect(fresh?.take(name).bytes, name).toEqual(old?.take(name).bytes)
    }
    const [was, is] = [old?.values(positions), fresh?.values(positions)]
    expect(was?.length).toBeGreaterThan(0)
    was?.forEach((value, index) => expect(is?.[index]).toBeCloseTo(value, 6))
  },
)

test('every tensor comes back by its name and shape', async () => {
  const before = weights()
  await buildPack(before, join(base, 'names'))
  const after = await unbuildPack(join(base, 'names'), before.model)
  for (const part of ['transformer', 'dvae', 'clip'] as const) expect(shapes(after[part])).toEqual(shapes(before[part]))
  const name = 'layers.0.attention.qkv.weight'
  expect(values(after.transformer, name)).toEqual(values(before.transformer, name))
})

test('a description of another pack is refused, by what differs', async () => {
  const before = weights()
  await buildPack(before, join(base, 'other'))
  const { model } = before
  const other = { ...model, transformer: { ...model.transformer, layers: 7 } }
  await expect(unbuildPack(join(base, 'other'), other)).rejects.toThrow(
    /transformer\.layers is \d+, model\.json says 7/,
  )
})

const shapes = (tensors: TensorMap = new Map<string, Tensor>()): Record<string, readonly number[]> =>
  Object.fromEntries([...tensors].map(([name, { dims }]) => [name, dims] as const).sort())

const values = (tensors: TensorMap, name: string): number[] | undefined => {
  const found = tensors.get(name)
  return found && [...float32Of(found)]
}
