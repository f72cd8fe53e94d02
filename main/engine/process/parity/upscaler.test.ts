import * as ort from 'onnxruntime-node'
import { expect, test } from 'vitest'

import { upscalerScales } from '#app/domain/upscaler.ts'
import { buildUpscaler } from '#main/packs/graphs/upscaler.ts'
import { madeModelJson, madeShards, madeUpscaler } from '#main/packs/import/testing/made-upscaler.ts'
import { bytesSource } from '#main/packs/import/readers/byte-source.ts'
import { readLayersModel } from '#main/packs/import/upscalers/layers-model.ts'
import { WeightSet } from '#main/packs/weights/weight-set.ts'

import { plainUpscale } from './plain-upscaler.ts'

const [width, height] = [9, 7]

test.each((['rdn', 'rrdn'] as const).flatMap((network) => upscalerScales.map((scale) => [network, scale] as const)))(
  '%s ×%i computes what its layers say, from the files of TensorFlow.js on',
  async (network, scale) => {
    const weights = madeUpscaler(network, scale, 7)
    const shards = madeShards(weights)
    const json = bytesSource('model.json', Buffer.from(JSON.stringify(madeModelJson(weights))))
    const tensors = readLayersModel(json, (name) => bytesSource(name, shards[name.includes('1of2') ? 0 : 1]!))
    const built = buildUpscaler(new WeightSet(tensors, 'made'), { storage: 'float32', pixels: 'float32' })
    expect([built.scale, built.reach]).toEqual([scale, network === 'rdn' ? 12 : 16])

    const pixels = Float32Array.from({ length: width * height * 3 }, (_, index) => ((index * 37) % 101) / 100)
    const session = await ort.InferenceSession.create(built.graph.toBytes())
    const run = await session.run({ pixels: new ort.Tensor('float32', pixels, [1, height, width, 3]) })
    const enlarged = run['enlarged']!
    const plain = plainUpscale(weights, { width, height, channels: 3, values: Float64Array.from(pixels) })
    expect(enlarged.dims).toEqual([1, height * scale, width * scale, 3])
    const clamped = plain.values.map((value) => Math.min(1, Math.max(0, value)))
    const differences = (enlarged.data as Float32Array).map((value, index) => Math.abs(value - clamped[index]!))
    expect(Math.max(...differences)).toBeLessThan(1e-4)
    // All black or all white would prove nothing.
    expect(clamped.filter((value) => value > 0 && value < 1).length).toBeGreaterThan(clamped.length / 10)
  },
)
