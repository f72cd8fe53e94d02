import { StudioError } from '#app/contract/errors.ts'
import { perplexityOf } from '#app/kernels/likelihood.ts'

import { cosine, embedPictures } from './clip.ts'
import { secondsSince, type DecodeProgress, type MutableStageSeconds } from './decode-progress.ts'
import type { Draft } from './drafts.ts'
import { drawnOn, type LoadedPack } from './loaded-pack.ts'
import { drawGrids } from './pixels.ts'

/** Pictures decoded and embedded at once: between two such groups, and between decoding and embedding, a cancel is heard. */
const pictureGroup = 2

/** Pixels, CLIP score and embedding of finished candidates. */
export async function* finish(
  pack: LoadedPack,
  drafts: readonly Draft[],
  text: Float32Array | null,
  seconds: MutableStageSeconds,
): AsyncGenerator<DecodeProgress> {
  for (let first = 0; first < drafts.length; first += pictureGroup) {
    const group = drafts.slice(first, first + pictureGroup)
    const started = performance.now()
    const pictures = await drawGrids(
      pack,
      group.map((draft) => draft.tokens),
    )
    seconds.pixels += secondsSince(started)
    yield { type: 'step' }
    const ranking = performance.now()
    const embeddings = text === null ? [] : await embedPictures(pack, pictures)
    seconds.rank += secondsSince(ranking)
    for (const [i, { index, tokens, nlls, entropies }] of group.entries()) {
      pack.transformer.memory.learn(tokens)
      const picture = pictures[i]
      if (picture === undefined) throw new StudioError('internal', `Candidate ${index} has no picture.`)
      const embedding = embeddings[i] ?? null
      const clipScore = embedding === null || text === null ? null : cosine(text, embedding)
      const perplexity = perplexityOf(nlls)
      yield {
        type: 'candidate',
        candidate: {
          index,
          tokens,
          nlls,
          entropies,
          perplexity,
          picture,
          clipScore,
          embedding,
          drawnOn: drawnOn(pack),
        },
      }
    }
    yield { type: 'step' }
  }
}
