import * as ort from 'onnxruntime-node'

import { StudioError } from '#app/contract/errors.ts'
import { fillAttentionBias } from '#app/kernels/attention-masks.ts'
import { CodeMemory } from '#app/kernels/code-memory.ts'
import { CodeSampler } from '#app/kernels/sampling.ts'
import type { TokenGeometry } from '#app/kernels/token-geometry.ts'
import type { AttentionKind, PackManifest, Precision } from '#app/domain/pack.ts'

import {
  attentionGeometry,
  cacheBytes,
  createCache,
  moveSlots,
  type CacheLayout,
  type KeyValueCache,
} from './key-value-cache.ts'
import { lengthFeeds, prepareRun, type PreparedRun } from './prepared-run.ts'
import { WindowPolicy } from './window-policy.ts'

/** What onnxruntime-node 1.30 throws for a sequence output, after the run and before it copies the other outputs. */
const sequenceComplaint = 'Non tensor type'

/** Memory of a finished batch that the next one may find. */
const maxSpareBytes = 64 * 2 ** 20

/** `inPlace`: the cache stays where it is. `copied`: every output is fetched, which only the speed suffers from. */
export type CacheMode = 'inPlace' | 'copied'

/** Runs the transformer graph of a pack on a cache (inputs and outputs: main/packs/graphs/transformer.ts). */
export class TransformerRunner {
  readonly manifest: PackManifest
  readonly geometry: TokenGeometry
  readonly precision: Precision
  readonly mode: CacheMode
  /** Rows of a step must be a multiple of this (`rowMultipleOf`). */
  readonly rowMultiple: number
  #spare: KeyValueCache | null = null
  #sampler: CodeSampler | null = null
  #memory: CodeMemory | null = null
  readonly #prepared = new WeakMap<KeyValueCache, PreparedRun>()
  #runs = 0
  #seconds = 0
  readonly #session: ort.InferenceSession
  readonly #sparseKinds: readonly AttentionKind[]
  /** The grid as the sparse layouts count it. */
  readonly #attentionGeometry: TokenGeometry
  /** A zero for every key: what a step on a compact cache adds to its scores. */
  readonly #nothingMasked: Float32Array

  constructor(
    session: ort.InferenceSession,
    manifest: PackManifest,
    precision: Precision,
    mode: CacheMode,
    rowMultiple: number,
  ) {
    this.precision = precision
    this.rowMultiple = rowMultiple
    this.#session = session
    this.manifest = manifest
    this.mode = mode
    this.geometry = { textLength: manifest.text.length, rows: manifest.image.rows, columns: manifest.image.columns }
    this.#attentionGeometry = attentionGeometry(manifest)
    this.#nothingMasked = new Float32Array(manifest.text.length + manifest.image.rows * manifest.image.columns)
    this.#sparseKinds = [...new Set(manifest.transformer.attention)].filter((kind) => kind !== 'dense')
  }

  /**
   * Runs `sequence` new positions for every row of `cache`, all rows at the same positions, and adds them to the cache.
   * @param ids `cache.rows × sequence` token ids
   * @param start position of the first of them
   * @param firstLogit how many of the new positions need no logits
   * @param logits receives `rows × (sequence − firstLogit) × vocabulary` numbers
   */
  async run(
    cache: KeyValueCache,
    ids: BigInt64Array,
    start: number,
    firstLogit: number,
    logits: Float32Array,
  ): Promise<void> {
    const sequence = ids.length / cache.rows
    const prepared = this.#prepare(cache, ids, sequence, logits, firstLogit)
    const { feeds } = prepared
    prepared.setPositions(start)
    const total = start + sequence
    const moves = cache.layout === 'compact' ? this.#compactFeeds(feeds, cache, start, sequence) : null
    if (moves === null) {
      for (const kind of this.#sparseKinds) {
        Object.assign(feeds, lengthFeeds(`.${kind}`, cache.rows, total))
        feeds[`attention_bias.${kind}`] = this.#bias(kind, start, sequence)
      }
    }
    const started = performance.now()
    if (this.mode === 'inPlace') await this.#runInPlace(prepared)
    else await this.#runCopied(feeds, cache, logits)
    this.#seconds += (performance.now() - started) / 1000
    this.#runs++
    moves?.()
  }

  /** The tensors of a run; those of the last one on this cache, where only positions differ: making them anew costs a percent of a small model's step. */
  #prepare(
    cache: KeyValueCache,
    ids: BigInt64Array,
    sequence: number,
    logits: Float32Array,
    firstLogit: number,
  ): PreparedRun {
    const last = this.#prepared.get(cache)
    const isSame = last?.ids === ids && last.logits === logits && last.sequence === sequence && firstLogit === 0
    if (isSame) return last
    const made = prepareRun(cache, ids, sequence, logits, firstLogit, this.manifest.image.vocabulary)
    // A prefill comes once.
    if (firstLogit === 0) this.#prepared.set(cache, made)
    return made
  }

  /** Brings what the sparse layers may see together and says so in the feeds. @returns what is to be done after the run */
  #compactFeeds(feeds: Record<string, ort.Tensor>, cache: KeyValueCache, start: number, sequence: number): () => void {
    const cell = start - cache.textLength
    if (sequence !== 1 || cell < 0) {
      throw new StudioError(
        'internal',
        `A compact cache takes one cell at a time, not ${sequence} positions from ${start}.`,
      )
    }
    const after: (() => void)[] = []
    const seen = new Set<AttentionKind>()
    for (const entry of cache.entries) {
      if (entry.compact === null) continue
      const step = entry.compact.stepAt(cell)
      moveSlots(entry, step.before)
      if (step.after.length > 0) after.push(() => moveSlots(entry, step.after))
      if (seen.has(entry.kind)) continue
      Object.assign(feeds, lengthFeeds(`.${entry.kind}`, cache.rows, step.keys))
      seen.add(entry.kind)
      const zeros = this.#nothingMasked.subarray(0, step.keys)
      feeds[`attention_bias.${entry.kind}`] = new ort.Tensor('float32', zeros, [1, 1, 1, step.keys])
    }
    return () => after.forEach((move) => move())
  }

  /** Runs so far, and the seconds spent inside ONNX Runtime. */
  get runs(): number {
    return this.#runs
  }
  get seconds(): number {
    return this.#seconds
  }

  async #runInPlace({ feeds, fetches }: PreparedRun): Promise<void> {
    try {
      await this.#session.run(feeds, fetches)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(sequenceComplaint)) throw error
    }
  }

  async #runCopied(feeds: Record<string, ort.Tensor>, cache: KeyValueCache, logits: Float32Array): Promise<void> {
    const names = cache.entries.map(({ name }) => `present.${name}`)
    const results = await this.#session.run(feeds, ['logits', ...names])
    logits.set(results.logits?.data as Float32Array)
    for (const { name, kind, values, tensor } of cache.entries) {
      const present = results[`present.${name}`]?.data as typeof values
      const [keys = 0] = (feeds[`total_length.${kind}`] ?? feeds.total_length)?.data as Int32Array
      const [, , slots = 0, headDim = 0] = tensor.dims
      // A fresh output holds the keys that were read; what a compact cache keeps behind them stays as it is.
      for (let head = 0; head < values.length; head += slots * headDim) {
        values.set(present.subarray(head, head + keys * headDim), head)
      }
    }
  }

  #bias(kind: AttentionKind, start: number, sequence: number): ort.Tensor {
    const total = start + sequence
    const bias = new Float32Array(sequence * total)
    for (let i = 0; i < sequence; i++)
      fillAttentionBias(kind, this.#attentionGeometry, start + i, total, bias, i * total)
    return new ort.Tensor('float32', bias, [1, 1, sequence, total])
  }

  /** The one sampler of this vocabulary. */
  get sampler(): CodeSampler {
    return (this.#sampler ??= new CodeSampler(this.manifest.image.vocabulary))
  }

  /** What decoding in parallel costs and brings here. */
  readonly windows = new WindowPolicy()

  /** Of the pictures that were drawn with it. */
  get memory(): CodeMemory {
    return (this.#memory ??= new CodeMemory(this.manifest.image.columns))
  }

  /** @param layout `compact` for steps; `full` for prefills and windows of several positions */
  createCache(rows: number, layout: CacheLayout): KeyValueCache {
    return createCache(this.manifest, this.precision, rows, layout)
  }

  /** A cache for steps: the one that was given back last, if it has the size. What it holds is anybody's. */
  takeCache(rows: number): KeyValueCache {
    const spare = this.#spare
    if (spare?.rows !== rows) return this.createCache(rows, 'compact')
    this.#spare = null
    return spare
  }

  /** Keeps the memory of a cache for the next batch, unless it is much: fresh memory costs a percent of a small model's run. */
  giveBack(cache: KeyValueCache): void {
    this.#spare = cacheBytes(cache) <= maxSpareBytes ? cache : null
  }

  get hasSparseLayers(): boolean {
    return this.#sparseKinds.length > 0
  }

  async dispose(): Promise<void> {
    await this.#session.release()
  }
}
