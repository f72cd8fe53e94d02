import { posix } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import { upscalerScales, type UpscalerScale } from '#app/domain/upscaler.ts'

import { buildUpscaler } from '../../graphs/upscaler.ts'
import type { TensorMap } from '../../safetensors/read.ts'
import { WeightSet } from '../../weights/weight-set.ts'
import { Refusal, refuse } from '../readers/refusal.ts'

import { readLayersModel } from './layers-model.ts'
import { shardsOf, type UpscalerPackage } from './upscaler-package.ts'

export interface ReadModel {
  readonly scale: UpscalerScale
  /** Its path in the package. */
  readonly subject: string
  readonly tensors: TensorMap
}

/**
 * The models of the wanted scales, by the name of their folder, each known to make a graph; a package also has ×3, which nothing offers.
 * @throws Refusal
 */
export function readModels(
  upscaler: UpscalerPackage,
  wanted: readonly UpscalerScale[] = upscalerScales,
): readonly ReadModel[] {
  const found = upscalerScales.filter((scale) => upscaler.models.includes(`models/x${scale}`))
  const missing = wanted.find((scale) => !found.includes(scale))
  if (found.length === 0 || (wanted !== upscalerScales && missing !== undefined)) {
    const there = upscaler.models.map((folder) => posix.basename(folder)).join(', ')
    refuse('family-unknown', upscaler.name, `it has no model for ×${missing ?? 2} (there are: ${there})`)
  }
  return found.filter((scale) => wanted.includes(scale)).map((scale) => readModel(upscaler, scale))
}

function readModel(upscaler: UpscalerPackage, scale: UpscalerScale): ReadModel {
  const folder = `models/x${scale}`
  const model = upscaler.open(`${folder}/model.json`)
  try {
    const tensors = readLayersModel(model, shardsOf(upscaler, folder))
    const drawn = scaleOf(tensors, model.name)
    if (drawn !== scale)
      refuse('family-mismatch', model.name, `its weights enlarge ×${drawn}, its folder says ×${scale}`)
    return { scale, subject: model.name, tensors }
  } finally {
    model.close()
  }
}

/** Builds the graph, and keeps nothing of it: a dry run must say what an import would. */
function scaleOf(tensors: TensorMap, subject: string): number {
  try {
    return buildUpscaler(new WeightSet(tensors, subject), { storage: 'float32' }).scale
  } catch (cause) {
    if (cause instanceof StudioError && cause.code === 'packInvalid')
      throw new Refusal('family-mismatch', subject, cause.message, { cause })
    throw cause
  }
}
