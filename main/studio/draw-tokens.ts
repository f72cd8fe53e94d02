import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PackReference } from '#app/domain/generation.ts'
import type { Engine } from '#main/engine/engine.ts'

import type { PackLoader } from './pack-loader.ts'
import { isEngineDeath } from './quarantine.ts'

/** Pixels of a picture that is known by its tokens only, by the very pack that drew it. */
export async function drawTokens(
  { engine, loader }: { readonly engine: Engine; readonly loader: PackLoader },
  pack: PackReference,
  tokens: Uint16Array,
): Promise<RgbPicture> {
  await loader.load(pack.id, pack)
  try {
    const [picture] = await engine.drawTokens(pack.id, [tokens])
    if (picture !== undefined) return picture
    throw new StudioError('internal', 'The engine drew no picture.')
  } catch (error) {
    if (isEngineDeath(error)) loader.forget()
    throw error
  }
}
