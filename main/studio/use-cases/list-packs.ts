import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'

export function listPacks(parts: StudioParts): StudioApi['listPacks'] {
  return async () => (await parts.packs.list()).map((pack) => pack.summary)
}
