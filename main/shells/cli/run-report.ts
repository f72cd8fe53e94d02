import type { GenerationSummary, PackReference, SamplingSettings, StageSeconds } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { PictureDetail } from '#app/domain/picture.ts'

import { countCandidates } from './counts.ts'
import { printable } from './printable.ts'
import { formatTable } from './table.ts'

/** What `easel generate --json` prints: a promise to scripts. Fields may be added, none is renamed or removed. */
export interface RunJson {
  readonly generationId: GenerationId
  readonly prompt: string
  readonly seed: number
  readonly pack: PackReference
  readonly settings: SamplingSettings
  /** Best first. */
  readonly candidates: readonly {
    readonly rank: number
    readonly index: number
    readonly clipScore: number | null
    readonly perplexity: number
    /** Raster order. */
    readonly tokens: readonly number[]
    /** Absolute path of the PNG. */
    readonly file: string
  }[]
  readonly seconds: StageSeconds | null
}

export function toRunJson(
  { id, prompt, seed, pack, settings, seconds }: GenerationSummary,
  pictures: readonly PictureDetail[],
  files: readonly string[],
): RunJson {
  const candidates = pictures.map(({ rank, index, clipScore, perplexity, tokens }, position) => ({
    ...{ rank, index, clipScore, perplexity, tokens },
    file: files[position] ?? '',
  }))
  return { generationId: id, prompt, seed, pack, settings, candidates, seconds }
}

export function describeRun(
  generation: GenerationSummary,
  pictures: readonly PictureDetail[],
  files: readonly string[],
): string {
  const { prompt, seed, pack, candidates, seconds } = generation
  const total = seconds === null ? '' : ` in ${formatSeconds(sumOf(seconds))}`
  const head = `"${printable(prompt)}" · seed ${seed} · ${pack.id} ${pack.version} · ${countCandidates(candidates)}${total}\n\n`
  const rows = pictures.map(({ rank, clipScore, perplexity, index }, position) => [
    rank,
    clipScore?.toFixed(3) ?? '–',
    perplexity.toFixed(1),
    index,
    files[position] ?? '',
  ])
  return head + formatTable(['rank', 'score', 'perplexity', 'candidate', 'file'], rows)
}

function sumOf({ load, prefill, decode, pixels, rank }: StageSeconds): number {
  return load + prefill + decode + pixels + rank
}

function formatSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
