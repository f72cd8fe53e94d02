import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { drawCertainly, type CertainDraw } from '#app/kernels/certain-draw.ts'

import { broadcastCache, type CacheLayout, type KeyValueCache } from './key-value-cache.ts'
import type { TransformerRunner } from './transformer-run.ts'
import { windowCells, type WindowPolicy } from './window-policy.ts'

/**
 * Largest difference between logits of one position computed in a window and alone, with room to spare: measured
 * 1.4e-5 (main/engine/README.md).
 */
const logitTolerance = 1e-4

/** One candidate's grid while it is being decoded. */
export interface ParallelDraft {
  readonly index: number
  /** Code to force at each cell, −1 = free. */
  readonly forced: Int32Array
  /** Called once for each cell, in order. */
  accept(cell: number, code: number, conditional: Float32Array): void
}

/**
 * Gumbel-coupled Jacobi decoding of one candidate (after SJD and MC-SJD): guesses of the next cells are run as one window,
 * and all up to the first wrong one are right, because the noise of a cell is fixed. The tokens are those of decoding cell by
 * cell: a draw that rounding could have changed is done again by single steps from the last cell known exactly.
 */
export class ParallelDecoder {
  readonly #runner: TransformerRunner
  readonly #job: DecodeJob
  readonly #draft: ParallelDraft
  /** Of the windows: conditional and, with guidance, unconditional. */
  readonly #caches: readonly KeyValueCache[]
  /** Of the single steps, which read sparse layers in another layout; without such layers the same ones. */
  readonly #exactCaches: readonly KeyValueCache[]
  readonly #codes: Int32Array
  readonly #guesses: Int32Array
  readonly #logits: readonly Float32Array[]
  readonly #policy: WindowPolicy
  #done = 0
  /** Cells before this one are in the exact cache as single steps put them there. */
  #exact = 0
  #runs = 0

  constructor(
    runner: TransformerRunner,
    job: DecodeJob,
    draft: ParallelDraft,
    prefilled: { readonly caches: readonly KeyValueCache[]; readonly logits: readonly Float32Array[] },
    policy: WindowPolicy = runner.windows,
  ) {
    const { image, text } = runner.manifest
    this.#policy = policy
    this.#runner = runner
    this.#job = job
    this.#draft = draft
    const cachesOf = (layout: CacheLayout): KeyValueCache[] =>
      prefilled.caches.map((source) => {
        const cache = runner.createCache(1, layout)
        broadcastCache(source, cache, 0, 0, text.length)
        return cache
      })
    this.#caches = cachesOf('full')
    this.#exactCaches = runner.hasSparseLayers ? cachesOf('compact') : this.#caches
    this.#codes = new Int32Array(image.rows * image.columns)
    this.#guesses = new Int32Array(image.rows * image.columns).fill(-1)
    this.#logits = prefilled.caches.map(() => new Float32Array(windowCells * image.vocabulary))
    prefilled.logits.forEach((row, part) => this.#logits[part]?.set(row))
    policy.begin()
    this.#acceptExact()
  }

  /** Finished cells. */
  get done(): number {
    return this.#done
  }

  /** Runs of the transformer so far, each over one position or a window. */
  get runs(): number {
    return this.#runs
  }

  /** Finishes at least one cell more. */
  async advance(): Promise<void> {
    const first = this.#done
    const started = performance.now()
    const length = Math.min(this.#policy.next(), this.#codes.length - first)
    for (let cell = first; cell < first + length; cell++) this.#guess(cell)
    const fed = Array.from({ length }, (_, i) => (i === 0 ? this.#codes[first - 1] : this.#guesses[first + i - 1]) ?? 0)
    await this.#run(this.#caches, fed, first - 1)
    let isRight = true
    let isUncertain = false
    let isFirstRight = false
    for (let i = 0; i < length; i++) {
      const cell = first + i
      if (!isRight) {
        // After a wrong guess or one in doubt: a guess for the next window.
        this.#guesses[cell] = this.#drawLightly(cell, i)
        continue
      }
      const { code, isCertain } = this.#draw(cell, i)
      isUncertain = !isCertain
      isRight = isCertain && code === this.#guesses[cell]
      if (i === 0) isFirstRight = isRight
      this.#guesses[cell] = code
      if (isCertain) this.#accept(cell, code, i)
    }
    // A wrong guess at the first cell finishes one cell all the same: what was drawn there is right.
    this.#policy.note(length, this.#done - first, isFirstRight, performance.now() - started)
    if (isUncertain) await this.#settleExactly()
  }

  /** What is forced, else what the last window drew there, else what followed such neighbours before, else the code of the cell above. */
  #guess(cell: number): void {
    const { columns } = this.#runner.manifest.image
    const guesses = this.#guesses
    const forced = this.#draft.forced[cell] ?? -1
    if (forced >= 0) guesses[cell] = forced
    if ((guesses[cell] ?? -1) >= 0) return
    const remembered = this.#runner.memory.guess(guesses, cell)
    guesses[cell] = remembered >= 0 ? remembered : (guesses[cell >= columns ? cell - columns : cell - 1] ?? 0)
  }

  #drawLightly(cell: number, row: number): number {
    const forced = this.#draft.forced[cell] ?? -1
    if (forced >= 0) return forced
    const [conditional = new Float32Array(), unconditional = null] = this.#logits.map((logits) =>
      this.#rowOf(logits, row),
    )
    const { settings, seed } = this.#job
    return this.#runner.sampler.draw(conditional, unconditional, settings, seed, this.#draft.index, cell)
  }

  #draw(cell: number, row: number): CertainDraw {
    const forced = this.#draft.forced[cell] ?? -1
    if (forced >= 0) return { code: forced, isCertain: true }
    const [conditional, unconditional = null] = this.#logits.map((logits) => this.#rowOf(logits, row))
    const key = { seed: this.#job.seed, candidate: this.#draft.index, position: cell }
    const { settings } = this.#job
    return drawCertainly(
      this.#runner.sampler,
      conditional ?? new Float32Array(),
      unconditional,
      settings,
      key,
      logitTolerance,
    )
  }

  /** Single steps from the last exact cell on, then the draw as decoding cell by cell makes it. */
  async #settleExactly(): Promise<void> {
    for (let cell = this.#exact; cell < this.#done; cell++) {
      await this.#run(this.#exactCaches, [this.#codes[cell] ?? 0], cell)
    }
    this.#exact = this.#done
    this.#acceptExact()
  }

  #acceptExact(): void {
    const cell = this.#done
    const forced = this.#draft.forced[cell] ?? -1
    const [conditional = new Float32Array(), unconditional = null] = this.#logits.map((logits) =>
      this.#rowOf(logits, 0),
    )
    const { settings, seed } = this.#job
    const code =
      forced >= 0
        ? forced
        : this.#runner.sampler.draw(conditional, unconditional, settings, seed, this.#draft.index, cell)
    this.#accept(cell, code, 0)
  }

  #accept(cell: number, code: number, row: number): void {
    this.#codes[cell] = code
    this.#guesses[cell] = code
    this.#done = cell + 1
    const [conditional] = this.#logits
    if (conditional) this.#draft.accept(cell, code, this.#rowOf(conditional, row))
  }

  #rowOf(logits: Float32Array, row: number): Float32Array {
    const { vocabulary } = this.#runner.manifest.image
    return logits.subarray(row * vocabulary, (row + 1) * vocabulary)
  }

  /** Feeds codes to the cells from `cell` on; the logits are those of the cells after them. */
  async #run(caches: readonly KeyValueCache[], codes: readonly number[], cell: number): Promise<void> {
    const { image, text } = this.#runner.manifest
    const ids = BigInt64Array.from(codes, (code) => BigInt(image.firstId + code))
    for (const [part, cache] of caches.entries()) {
      const logits = this.#logits[part]?.subarray(0, codes.length * image.vocabulary) ?? new Float32Array()
      await this.#runner.run(cache, ids, text.length + cell, 0, logits)
    }
    this.#runs++
  }
}
