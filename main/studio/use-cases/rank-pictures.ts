import type { LibraryCalls } from '#app/contract/library-calls.ts'
import { StudioError } from '#app/contract/errors.ts'

import type { BackgroundScoring } from '../background-scoring.ts'
import { checkCanRank, embedText, loadClipPack, referenceOf } from '../clip-pack.ts'
import type { StudioParts } from '../parts.ts'
import { clipPackPayload, labelPayload, picturePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** CLIP scores of several packs, and zero-shot labels: both are filled in while nothing is drawn. */
export function rankPictures(parts: StudioParts, scoring: BackgroundScoring) {
  const { library, packs } = parts
  return {
    listScores: (payload) => settle(() => library.listScores(parseInput(picturePayload, payload).pictureId)),
    async listClipPacks() {
      const chosen = library.readClipPack()
      return (await packs.list())
        .filter(({ summary }) => summary.canRank)
        .map((pack) => ({
          packId: pack.summary.id,
          name: pack.summary.name,
          version: pack.summary.version,
          isChosen: pack.summary.sha256 === chosen?.sha256,
          ...library.countScored(referenceOf(pack)),
        }))
    },
    async chooseClipPack(payload) {
      const { packId } = parseInput(clipPackPayload, payload)
      if (packId === null) library.chooseClipPack(null)
      else {
        const pack = await packs.find(packId)
        checkCanRank(pack)
        library.chooseClipPack(referenceOf(pack))
      }
      scoring.wake()
      return scoring.state()
    },
    getRescoring: () => settle(() => scoring.state()),
    listLabels: () => settle(() => library.listLabels()),
    async addLabel(payload) {
      const { name } = parseInput(labelPayload, payload)
      const pack = await loadClipPack(parts)
      library.scoreLabel(pack, { name, embedding: await embedText(parts, pack.id, name) }, 1)
      scoring.wake()
      const label = library.listLabels().find((one) => one.name === name && one.sha256 === pack.sha256)
      if (label !== undefined) return label
      throw new StudioError('internal', 'The label was not kept.')
    },
    removeLabel: (payload) => settle(() => library.removeLabel(parseInput(labelPayload, payload).name)),
    listLabelScores: (payload) => settle(() => library.listLabelScores(parseInput(picturePayload, payload).pictureId)),
  } satisfies Partial<LibraryCalls>
}
