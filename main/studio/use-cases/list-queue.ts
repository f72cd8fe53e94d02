import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'
import { settle } from '../settle.ts'

/** The running job first, then the waiting ones in their order. */
export function listQueue(parts: StudioParts): StudioApi['listQueue'] {
  return () =>
    settle(() =>
      parts.queue.ids().map((id) => ({ generation: parts.library.getGeneration(id), ...parts.progress.of(id) })),
    )
}
