import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'
import { settle } from '../settle.ts'

/** The running job first, then the waiting ones in their order. */
export function listQueue(parts: StudioParts): StudioApi['listQueue'] {
  return () =>
    settle(() =>
      parts.queue.ids().map((id) => {
        const generation = parts.library.getGeneration(id)
        const progress = parts.progress.of(id)
        const candidates = Array.from({ length: generation.candidates }, (_, candidate) => candidate)
        return { generation, ...progress, ...parts.previews.without(id, candidates, progress.previewVersion) }
      }),
    )
}
