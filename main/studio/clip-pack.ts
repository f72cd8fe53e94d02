import { StudioError } from '#app/contract/errors.ts'
import type { PackReference } from '#app/domain/generation.ts'
import type { PackId } from '#app/domain/ids.ts'

import type { FoundPack } from './packs-port.ts'
import type { StudioParts } from './parts.ts'
import { isEngineDeath } from './quarantine.ts'

/** The CLIP pack that pictures are searched and labelled with: the chosen one, else the default pack. Loaded. */
export async function loadClipPack({
  library,
  loader,
}: Pick<StudioParts, 'library' | 'loader'>): Promise<PackReference> {
  const chosen = library.readClipPack()
  if (chosen !== null) return referenceOf((await loader.load(chosen.id, chosen)).pack)
  const pack = await loader.choose(undefined)
  checkCanRank(pack)
  await loader.load(pack.summary.id)
  return referenceOf(pack)
}

/** @throws StudioError `packInvalid` for a pack without CLIP */
export function checkCanRank({ summary }: FoundPack): void {
  if (summary.canRank) return
  throw new StudioError(
    'packInvalid',
    `The pack "${summary.id}" has no CLIP, so words cannot be compared with pictures.`,
  )
}

export function referenceOf({ summary: { id, version, sha256 } }: FoundPack): PackReference {
  return { id, version, sha256 }
}

/** @param packId a loaded one */
export async function embedText(
  { engine, loader }: Pick<StudioParts, 'engine' | 'loader'>,
  packId: PackId,
  text: string,
): Promise<Float32Array> {
  try {
    return await engine.embedText(packId, text)
  } catch (error) {
    if (isEngineDeath(error)) loader.forget()
    throw error
  }
}
