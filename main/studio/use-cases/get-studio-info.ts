import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'

export function getStudioInfo(parts: StudioParts): StudioApi['getStudioInfo'] {
  return async () => ({
    version: parts.version,
    shell: parts.shell,
    defaultPackId: await defaultPackId(parts),
    pictureCount: parts.library.countPictures(),
    isQueuePaused: parts.queue.isPaused,
  })
}

async function defaultPackId(parts: StudioParts) {
  const packs = await parts.packs.list()
  return packs.length === 0 ? null : (await parts.loader.choose(undefined)).summary.id
}
