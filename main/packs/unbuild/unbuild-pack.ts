import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { PackManifest, SessionName } from '#app/domain/pack.ts'

import { validatePack } from '../validate/validate-pack.ts'
import type { ModelDescription } from '../weights/model-description.ts'
import type { ModelWeights } from '../weights/read-weights.ts'

import { Initializers } from './initializers.ts'
import { unbuildClip } from './unbuild-clip.ts'
import { unbuildDvae } from './unbuild-dvae.ts'
import { unbuildTransformer } from './unbuild-transformer.ts'

/**
 * The weights that a pack of the starter's family was built from, to train it further when its checkpoints are gone: as exact as the pack keeps them
 * (float16), without the head's text rows and without optimiser states.
 * @param model what the weights were called in model.json when the pack was built
 * @throws StudioError packInvalid when the pack is damaged, of another family, or not that of `model`
 */
export async function unbuildPack(folder: string, model: ModelDescription): Promise<ModelWeights> {
  const { manifest } = await validatePack(folder)
  assertFamily(manifest, model)
  const graphOf = async (session: SessionName): Promise<Initializers> => {
    const file = manifest.sessions[session]?.fp32
    if (file === undefined) throw new StudioError('packInvalid', `pack.json: ${session} has no float32 file.`)
    return new Initializers(file, await readFile(join(folder, file)))
  }
  const [transformer, decoder, encoder] = [
    await graphOf('transformer'),
    await graphOf('vaeDecoder'),
    await graphOf('vaeEncoder'),
  ]
  const { clip } = manifest
  return {
    model,
    tokenizer: await readFile(join(folder, manifest.tokenizer)),
    transformer: unbuildTransformer(model.transformer, transformer),
    dvae: unbuildDvae(model.dvae, decoder, encoder),
    ...(clip && { clip: unbuildClip(clip.logitScale, await graphOf('clipText'), await graphOf('clipImage')) }),
  }
}

function assertFamily(
  { id, family, transformer }: PackManifest,
  { transformer: described, dvae }: ModelDescription,
): void {
  const sizes = ['layers', 'width', 'heads', 'headDim'] as const
  const different = sizes.find((size) => transformer[size] !== described[size])
  if (different !== undefined) {
    const [is, said] = [transformer[different], described[different]]
    throw new StudioError('packInvalid', `${id}: transformer.${different} is ${is}, model.json says ${said}.`)
  }
  const isOther =
    described.architecture === 'bart' || described.isReversible === true || described.isTokenShifted === true
  if (family !== 'decoder-only' || isOther || dvae.vqgan !== undefined || dvae.isDiscreteVae === true) {
    throw new StudioError(
      'packInvalid',
      `${id}: only decoder-only packs with a dVAE of residual blocks can be read back.`,
    )
  }
}
