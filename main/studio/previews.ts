import { LRUCache } from 'lru-cache'
import sharp from 'sharp'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'

/** All previews together; 512 candidates of 192 × 192 fit. */
const maxBytes = 64 * 2 ** 20
/** Longer side of what a page gets. */
const maxSidePx = 256

/** The newest preview of each unfinished candidate, in memory only. */
export interface Previews {
  /** @param picture null: the one that is there goes with this version too */
  put(id: GenerationId, candidate: number, version: number, picture: RgbPicture | null): void
  /** Of a run's candidates those that show nothing yet, in the form that events have; nothing when there is none, or no preview at all yet. */
  without(
    id: GenerationId,
    candidates: readonly number[],
    version: number,
  ): { readonly withoutPreview?: readonly number[] }
  /** A PNG, or undefined when there is none of this or a later version. */
  read(id: GenerationId, candidate: number, version: number): Promise<Uint8Array | undefined>
  /** Forgets a run that has ended. */
  drop(id: GenerationId): void
}

interface Preview {
  readonly version: number
  readonly picture: RgbPicture
}

export function createPreviews(): Previews {
  const previews = new LRUCache<string, Preview>({
    maxSize: maxBytes,
    sizeCalculation: ({ picture }) => Math.max(1, picture.pixels.length),
  })
  const key = (id: GenerationId, candidate: number) => `${id}/${candidate}`
  return {
    put(id, candidate, version, picture) {
      const newest = picture ?? previews.get(key(id, candidate))?.picture
      if (newest !== undefined) previews.set(key(id, candidate), { version, picture: newest })
    },
    without(id, candidates, version) {
      const withoutPreview = candidates.filter((candidate) => version > 0 && !previews.has(key(id, candidate)))
      return withoutPreview.length > 0 ? { withoutPreview } : {}
    },
    async read(id, candidate, version) {
      const preview = previews.get(key(id, candidate))
      return preview === undefined || preview.version < version ? undefined : encode(preview.picture)
    },
    drop(id) {
      for (const name of [...previews.keys()]) if (name.startsWith(`${id}/`)) previews.delete(name)
    },
  }
}

/** Done when a page asks: most rows of most candidates are never looked at. About 1.5 ms for 192 × 192. */
function encode({ width, height, pixels }: RgbPicture): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize({ width: maxSidePx, height: maxSidePx, fit: 'inside', withoutEnlargement: true, kernel: 'nearest' })
    .png({ compressionLevel: 1 })
    .toBuffer()
}
