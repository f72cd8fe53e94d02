import type { CandidateFinished, DecodeJob, RowFinished } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { StageSeconds } from '#app/domain/generation.ts'
import { likelihoodOf, perplexityOf } from '#app/kernels/likelihood.ts'
import { CodeSampler } from '#app/kernels/sampling.ts'
import { cellCount, checkForcedTokens, textIds } from '#app/kernels/token-geometry.ts'

import { canRank, cosine, embedPictures, embedText } from './clip.ts'
import { broadcastCache, type KeyValueCache } from './key-value-cache.ts'
import type { LoadedPack } from './loaded-pack.ts'
import { chunkSize } from './memory.ts'
import { drawGrids } from './pixels.ts'
import { ParallelDecoder } from './parallel-decode.ts'
import { PreviewDrawer } from './previews.ts'

export type DecodeProgress =
  | { readonly type: 'row'; readonly row: RowFinished }
  | { readonly type: 'candidate'; readonly candidate: CandidateFinished }
  /** A step is done: the moment to hear a cancel. */
  | { readonly type: 'step' }

export type MutableStageSeconds = { -readonly [Stage in keyof StageSeconds]: number }

/** `auto`: cells in parallel where that is faster. Both give the same tokens. */
export type DecodeOrder = 'auto' | 'cellByCell'

export interface DecodeOptions {
  /** Default `auto`. */
  readonly order?: DecodeOrder
  /** Candidates decoded at once; default: what memory allows (`chunkSize`). Never changes a token. */
  readonly chunk?: number
}

/** Pictures decoded and embedded at once: between two such groups a cancel is heard. */
const pictureGroup = 4

/** What one prefill gives every candidate: caches of the conditional and unconditional row, and logits of the first cell. */
interface Prefill {
  readonly caches: readonly KeyValueCache[]
  readonly logits: readonly Float32Array[]
}

/** One candidate being drawn. */
interface Draft {
  readonly index: number
  readonly tokens: Uint16Array
  readonly nlls: Float32Array
  readonly entropies: Float32Array
  /** Code to force at each cell, −1 = free. */
  readonly forced: Int32Array
}

/**
 * Decodes all candidates of a job, chunk after chunk. Yields after every step; stop reading it to cancel.
 * Tokens depend on pack, precision, prompt, seed, candidate number, settings and forced tokens only (main/engine/README.md).
 * @param seconds is added to, stage by stage
 * @throws StudioError invalidRequest for forced tokens or resumed rows that do not fit the grid
 */
export async function* decode(
  pack: LoadedPack,
  job: DecodeJob,
  seconds: MutableStageSeconds,
  options: DecodeOptions = {},
): AsyncGenerator<DecodeProgress, void> {
  const drafts = job.candidates.map((index) => draftFor(pack, job, index))
  const started = performance.now()
  const prefilled = await prefill(pack, job)
  const text = canRank(pack) ? await embedText(pack, job.prompt) : null
  seconds.prefill += secondsSince(started)
  const chunk = options.chunk ?? chunkSize(pack.manifest, prefilled.caches.length)
  for (let first = 0; first < drafts.length; first += chunk) {
    const part = drafts.slice(first, first + chunk)
    const [only] = part
    const isParallel =
      part.length === 1 && only !== undefined && canDecodeInParallel(pack) && options.order !== 'cellByCell'
    yield* isParallel
      ? drawInParallel(pack, job, prefilled, only, seconds)
      : drawTokens(pack, job, prefilled, part, seconds)
    yield* finish(pack, part, text, seconds)
  }
}

function draftFor(pack: LoadedPack, job: DecodeJob, index: number): Draft {
  const { geometry, manifest } = pack.transformer
  const { columns, vocabulary } = manifest.image
  const cells = cellCount(geometry)
  const forced = job.forcedTokens === undefined ? new Int32Array(cells).fill(-1) : job.forcedTokens.slice()
  checkForcedTokens(forced, geometry, vocabulary)
  const resumed = job.resume?.get(index)
  if (resumed !== undefined) {
    if (resumed.length > cells || resumed.length % columns !== 0 || resumed.some((code) => code >= vocabulary)) {
      throw new StudioError(
        'invalidRequest',
        `Resumed tokens of candidate ${index} must be whole rows of ${columns} codes below ${vocabulary}.`,
      )
    }
    forced.set(resumed)
  }
  return {
    index,
    tokens: new Uint16Array(cells),
    nlls: new Float32Array(cells),
    entropies: new Float32Array(cells),
    forced,
  }
}

/** Runs the caption, and with guidance the null caption: always one row at a time, so that neither changes the other. */
async function prefill(pack: LoadedPack, job: DecodeJob): Promise<Prefill> {
  const { text, image } = pack.manifest
  const captions = [pack.tokenizer.idsOf(job.prompt)]
  if (job.settings.guidanceScale !== 1) captions.push([])
  const caches: KeyValueCache[] = []
  const logits: Float32Array[] = []
  for (const caption of captions) {
    const cache = pack.transformer.createCache(1)
    const row = new Float32Array(image.vocabulary)
    const ids = BigInt64Array.from(textIds(caption, text), BigInt)
    await pack.transformer.run(cache, ids, 0, text.length - 1, row)
    caches.push(cache)
    logits.push(row)
  }
  return { caches, logits }
}

/** Conditional rows first, then the unconditional ones, in one batch. */
async function* drawTokens(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  drafts: readonly Draft[],
  seconds: { decode: number; pixels: number },
): AsyncGenerator<DecodeProgress> {
  const { image, text } = pack.manifest
  const used = drafts.length * prefilled.caches.length
  const { rowMultiple } = pack.transformer
  const rows = Math.ceil(used / rowMultiple) * rowMultiple
  const drawer = job.isPreviewWanted ? new PreviewDrawer(pack, await pack.swatches(), drafts.length) : null
  const started = performance.now()
  const cache = pack.transformer.createCache(rows)
  const logits = new Float32Array(rows * image.vocabulary)
  const rowLogits = Array.from({ length: rows }, (_, row) =>
    logits.subarray(row * image.vocabulary, (row + 1) * image.vocabulary),
  )
  prefilled.caches.forEach((source, part) => {
    const first = part * drafts.length
    broadcastCache(source, cache, first, first + drafts.length - 1, text.length)
    for (let row = first; row < first + drafts.length; row++) rowLogits[row]?.set(prefilled.logits[part] ?? [])
  })
  // Rows added to reach the multiple repeat the first candidates; nobody reads their logits.
  if (prefilled.caches[0] && rows > used) broadcastCache(prefilled.caches[0], cache, used, rows - 1, text.length)
  const ids = new BigInt64Array(rows)
  const sampler = new CodeSampler(image.vocabulary)
  const grids = drafts.map((draft) => draft.tokens)
  const cells = image.rows * image.columns
  for (let cell = 0; cell < cells; cell++) {
    drafts.forEach((draft, i) => {
      const code = drawCell(
        draft,
        cell,
        job,
        sampler,
        rowLogits[i],
        prefilled.caches.length > 1 ? (rowLogits[drafts.length + i] ?? null) : null,
      )
      for (let row = i; row < rows; row += drafts.length) ids[row] = BigInt(image.firstId + code)
    })
    if ((cell + 1) % image.columns === 0) {
      const rowsDone = (cell + 1) / image.columns
      const row = rowMessage(pack, drafts, rowsDone)
      const decoding = secondsSince(started) - (drawer?.seconds ?? 0)
      const previews = await drawer?.draw(grids, rowsDone, decoding)
      yield { type: 'row', row: previews ? { ...row, previews } : row }
    }
    if (cell + 1 < cells) {
      await pack.transformer.run(cache, ids, text.length + cell, 0, logits)
      yield { type: 'step' }
    }
  }
  seconds.pixels += drawer?.seconds ?? 0
  seconds.decode += secondsSince(started) - (drawer?.seconds ?? 0)
}

/** In int8 a position alone and in a window differ by more than rounding: activations are quantised after it. */
function canDecodeInParallel(pack: LoadedPack): boolean {
  return pack.transformer.precision === 'fp32'
}

/** One candidate by parallel decoding: the same tokens in fewer runs. */
async function* drawInParallel(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  draft: Draft,
  seconds: { decode: number; pixels: number },
): AsyncGenerator<DecodeProgress> {
  const { image } = pack.manifest
  const drawer = job.isPreviewWanted ? new PreviewDrawer(pack, await pack.swatches(), 1) : null
  const started = performance.now()
  const accept = (cell: number, code: number, conditional: Float32Array): void =>
    keepCell(draft, cell, code, conditional)
  const decoder = new ParallelDecoder(
    pack.transformer,
    job,
    { index: draft.index, forced: draft.forced, accept },
    prefilled,
  )
  let rowsDone = 0
  while (rowsDone < image.rows) {
    if (decoder.done < (rowsDone + 1) * image.columns) {
      await decoder.advance()
      yield { type: 'step' }
    }
    for (; decoder.done >= (rowsDone + 1) * image.columns; rowsDone++) {
      const row = rowMessage(pack, [draft], rowsDone + 1)
      const decoding = secondsSince(started) - (drawer?.seconds ?? 0)
      const previews = await drawer?.draw([draft.tokens], rowsDone + 1, decoding)
      yield { type: 'row', row: previews ? { ...row, previews } : row }
    }
  }
  seconds.pixels += drawer?.seconds ?? 0
  seconds.decode += secondsSince(started) - (drawer?.seconds ?? 0)
}

function drawCell(
  draft: Draft,
  cell: number,
  job: DecodeJob,
  sampler: CodeSampler,
  conditional: Float32Array | undefined,
  unconditional: Float32Array | null,
): number {
  if (conditional === undefined) throw new StudioError('internal', 'A candidate has no logits.')
  const forced = draft.forced[cell] ?? -1
  const code =
    forced >= 0 ? forced : sampler.draw(conditional, unconditional, job.settings, job.seed, draft.index, cell)
  keepCell(draft, cell, code, conditional)
  return code
}

function keepCell(draft: Draft, cell: number, code: number, conditional: Float32Array): void {
  const { nll, entropy } = likelihoodOf(conditional, code)
  draft.tokens[cell] = code
  draft.nlls[cell] = nll
  draft.entropies[cell] = entropy
}

function rowMessage(pack: LoadedPack, drafts: readonly Draft[], rowsDone: number): RowFinished {
  const { rows, columns } = pack.manifest.image
  const tokens = new Uint16Array(drafts.length * columns)
  drafts.forEach(({ tokens: all }, i) =>
    tokens.set(all.subarray((rowsDone - 1) * columns, rowsDone * columns), i * columns),
  )
  return { candidates: drafts.map((draft) => draft.index), row: rowsDone - 1, rows, tokens }
}

/** Pixels, CLIP score and embedding of finished candidates. */
async function* finish(
  pack: LoadedPack,
  drafts: readonly Draft[],
  text: Float32Array | null,
  seconds: { pixels: number; rank: number },
): AsyncGenerator<DecodeProgress> {
  for (let first = 0; first < drafts.length; first += pictureGroup) {
    const group = drafts.slice(first, first + pictureGroup)
    const started = performance.now()
    const pictures = await drawGrids(
      pack,
      group.map((draft) => draft.tokens),
    )
    seconds.pixels += secondsSince(started)
    const ranking = performance.now()
    const embeddings = text === null ? [] : await embedPictures(pack, pictures)
    seconds.rank += secondsSince(ranking)
    for (const [i, { index, tokens, nlls, entropies }] of group.entries()) {
      const picture = pictures[i]
      if (picture === undefined) throw new StudioError('internal', `Candidate ${index} has no picture.`)
      const embedding = embeddings[i] ?? null
      const clipScore = embedding === null || text === null ? null : cosine(text, embedding)
      const perplexity = perplexityOf(nlls)
      yield {
        type: 'candidate',
        candidate: { index, tokens, nlls, entropies, perplexity, picture, clipScore, embedding },
      }
    }
    yield { type: 'step' }
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000
}
