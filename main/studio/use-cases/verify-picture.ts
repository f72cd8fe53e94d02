import type { EditingCalls } from '#app/contract/editing-calls.ts'

import { choosePrecision } from '../choose-precision.ts'
import { createPackLoader } from '../pack-loader.ts'
import type { StudioParts } from '../parts.ts'
import { picturePayload } from '../payloads.ts'
import { replay, type Receipt } from '../replay.ts'
import { parseInput } from '../validation.ts'

export function verifyPicture(parts: StudioParts): EditingCalls['verifyPicture'] {
  return async (payload) => {
    const { generation, ...picture } = parts.library.getPicture(parseInput(picturePayload, payload).pictureId)
    const { seed, settings, imagePrompt } = generation
    return replayAsDrawn(parts, { ...picture, seed, settings, imagePrompt })
  }
}

/**
 * In the precision that the picture was drawn in, because tokens depend on it. Where packs are drawn in another now, that takes an engine of its
 * own: loading the pack anew would pull it from under a running job.
 */
async function replayAsDrawn(parts: StudioParts, receipt: Receipt): ReturnType<typeof replay> {
  const { packs, quarantine, withOwnEngine } = parts
  const wish = receipt.drawnOn?.precision
  const installed = (await packs.list()).find(({ summary }) => summary.id === receipt.pack.id)
  const precisions = installed?.summary.precisions ?? []
  const isUsual = wish === undefined || !precisions.includes(wish) || wish === choosePrecision(precisions)
  if (isUsual || withOwnEngine === undefined) return replay(parts, receipt)
  return withOwnEngine((engine) =>
    replay({ engine, loader: createPackLoader({ engine, packs, quarantine, wish }) }, receipt),
  )
}
