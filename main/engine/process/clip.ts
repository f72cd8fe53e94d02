import * as ort from 'onnxruntime-node'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PackManifest } from '#app/domain/pack.ts'
import { resample } from '#app/kernels/resample.ts'
import { textIds } from '#app/kernels/token-geometry.ts'

import type { LoadedPack } from './loaded-pack.ts'
import { outputOf } from './sessions.ts'

type ClipManifest = NonNullable<PackManifest['clip']>

/** Can this pack rank (paper §2.6)? */
export function canRank(pack: LoadedPack): boolean {
  return pack.manifest.clip !== undefined && pack.has('clipText') && pack.has('clipImage')
}

/** L2-normalised text embedding, `projection` numbers. */
export async function embedText(pack: LoadedPack, text: string): Promise<Float32Array> {
  const { text: rules, projection } = clipOf(pack)
  const ids = textIds(pack.clipTokenizer.idsOf(text), { ...rules, vocabulary: 0 })
  const session = await pack.session('clipText')
  const results = await session.run({
    input_ids: new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, rules.length]),
  })
  return normalized(outputOf(results, 'text_embeds', Float32Array).data.slice(0, projection))
}

/** L2-normalised image embeddings. */
export async function embedPictures(pack: LoadedPack, pictures: readonly RgbPicture[]): Promise<Float32Array[]> {
  const clip = clipOf(pack)
  const { imageSize, projection } = clip
  const size = 3 * imageSize * imageSize
  const values = new Float32Array(pictures.length * size)
  pictures.forEach((picture, index) =>
    fillPixelValues(picture, clip, values.subarray(index * size, (index + 1) * size)),
  )
  const session = await pack.session('clipImage')
  const results = await session.run({
    pixel_values: new ort.Tensor('float32', values, [pictures.length, 3, imageSize, imageSize]),
  })
  const { data } = outputOf(results, 'image_embeds', Float32Array)
  return pictures.map((_, index) => normalized(data.slice(index * projection, (index + 1) * projection)))
}

/** Cosine similarity of two normalised embeddings. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

function clipOf(pack: LoadedPack): ClipManifest {
  if (pack.manifest.clip !== undefined) return pack.manifest.clip
  throw new StudioError('invalidRequest', `The pack "${pack.manifest.id}" has no CLIP: it cannot rank.`)
}

/** Resizes and normalises into planes `[3, size, size]`. */
function fillPixelValues(picture: RgbPicture, clip: ClipManifest, planes: Float32Array): void {
  const { imageSize, mean, std } = clip
  const pixels = resample(picture, imageSize, imageSize, clip.resample)
  const plane = imageSize * imageSize
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = (pixels[i * 3 + channel] ?? 0) / 255
      planes[channel * plane + i] = (value - (mean[channel] ?? 0)) / (std[channel] ?? 1)
    }
  }
}

function normalized(embedding: Float32Array): Float32Array {
  const length = Math.sqrt(cosine(embedding, embedding))
  return embedding.map((value) => value / (length || 1))
}
