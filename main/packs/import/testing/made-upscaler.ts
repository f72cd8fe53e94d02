import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import type { UpscalerScale } from '#app/domain/upscaler.ts'

import { makeTar } from '../hostile/tar-maker.ts'

/** A weight as TensorFlow.js keeps it: kernels `[kh, kw, in, out]`. */
export interface MadeWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array
}

export type MadeNetwork = 'rdn' | 'rrdn'

/** Channels of a network that is small enough to be computed in plain loops. */
const [wide, grown] = [6, 4]

/** A small upscaler of random weights, in the layers of the published ones: two blocks of two dense layers. */
export function madeUpscaler(network: MadeNetwork, scale: UpscalerScale, seed = 1): readonly MadeWeight[] {
  let state = seed
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5
  const weights: MadeWeight[] = []
  function convolution(name: string, size: number, inputs: number, outputs: number): void {
    const spread = 2 / Math.sqrt(size * size * inputs)
    const kernel = Float32Array.from({ length: size * size * inputs * outputs }, () => spread * random())
    const bias = Float32Array.from({ length: outputs }, () => 0.2 * random())
    weights.push({ name: `${name}/kernel`, shape: [size, size, inputs, outputs], values: kernel })
    weights.push({ name: `${name}/bias`, shape: [outputs], values: bias })
  }
  const shuffled = 3 * scale ** 2
  if (network === 'rdn') {
    convolution('F_m1', 3, 3, wide)
    convolution('F_0', 3, wide, wide)
    for (const block of [1, 2]) {
      for (const layer of [1, 2]) convolution(`F_${block}_${layer}`, 3, wide + (layer - 1) * grown, grown)
      convolution(`LFF_${block}`, 1, wide + 2 * grown, wide)
    }
    convolution('GFF_1', 1, 2 * wide, wide)
    convolution('GFF_2', 3, wide, wide)
    convolution('UPN1', 5, wide, wide)
    convolution('UPN2', 3, wide, grown)
    convolution('UPN3', 3, grown, shuffled)
    convolution('SR', 3, shuffled, 3)
  } else {
    convolution('Pre_blocks_conv', 3, 3, wide)
    for (const block of [1, 2])
      for (const part of [1, 2]) {
        for (const layer of [1, 2]) convolution(`F_${block}_${part}_${layer}`, 3, wide + (layer - 1) * grown, grown)
        convolution(`LFF_${block}_${part}`, 3, wide + 2 * grown, wide)
      }
    convolution('post_blocks_conv', 3, wide, wide)
    convolution('PreShuffle', 3, wide, shuffled)
    convolution('SR', 3, 3, 3)
  }
  return weights
}

/** `model.json` of such weights, in two shards. The layers are only named: nothing reads how they are joined. */
export function madeModelJson(weights: readonly MadeWeight[]): object {
  const layers = weights
    .filter(({ name }) => name.endsWith('/kernel'))
    .map(({ name }) => ({
      class_name: 'Conv2D',
      config: { name: name.split('/')[0], activation: 'linear', padding: 'same', data_format: 'channels_last' },
    }))
  return {
    format: 'layers-model',
    modelTopology: { model_config: { config: { layers } } },
    weightsManifest: [
      {
        paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
  }
}

/** Both shards; the cut goes through a number. */
export function madeShards(weights: readonly MadeWeight[]): readonly Buffer[] {
  const all = Buffer.concat(weights.map(({ values }) => Buffer.from(values.buffer)))
  return [all.subarray(0, 1001), all.subarray(1001)]
}

/** The folder of an npm package of upscalers. */
export async function writeMadePackage(folder: string, scales: readonly UpscalerScale[], network: MadeNetwork = 'rdn') {
  await mkdir(folder, { recursive: true })
  const facts = { name: '@somebody/made-upscaler', version: '1.2.3', license: 'MIT' }
  await writeFile(join(folder, 'package.json'), JSON.stringify(facts))
  await writeFile(join(folder, 'LICENSE'), 'MIT License\n\nCopyright (c) 2022 Some Body\n')
  for (const scale of scales) {
    const weights = madeUpscaler(network, scale)
    const inside = join(folder, 'models', `x${scale}`)
    await mkdir(inside, { recursive: true })
    await writeFile(join(inside, 'model.json'), JSON.stringify(madeModelJson(weights)))
    for (const [index, shard] of madeShards(weights).entries())
      await writeFile(join(inside, `group1-shard${index + 1}of2.bin`), shard)
  }
}

/** The same as the `.tgz` that `npm pack` would write, beside the folder. @returns its path */
export async function writeMadeArchive(folder: string, scales: readonly UpscalerScale[]): Promise<string> {
  await writeMadePackage(folder, scales)
  const models = scales.flatMap((scale) =>
    ['model.json', 'group1-shard1of2.bin', 'group1-shard2of2.bin'].map((name) => `models/x${scale}/${name}`),
  )
  const members = await Promise.all(
    ['package.json', 'LICENSE', ...models].map(async (name) => ({
      name: `package/${name}`,
      data: await readFile(join(folder, name)),
    })),
  )
  const file = `${folder}-1.2.3.tgz`
  await writeFile(file, gzipSync(makeTar(members)))
  return file
}
