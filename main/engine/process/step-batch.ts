import { broadcastCache, copyRow, type KeyValueCache } from './key-value-cache.ts'
import type { Prefill } from './prefill-caption.ts'
import type { TransformerRunner } from './transformer-run.ts'

/**
 * Some sequences decoded side by side: conditional rows first, then, with guidance, the unconditional ones, in one batch. All are at the same cell.
 */
export class StepBatch {
  readonly size: number
  readonly cache: KeyValueCache
  /** One array for each row, on the same memory. */
  readonly #rowLogits: readonly Float32Array[]
  readonly #logits: Float32Array
  readonly #ids: BigInt64Array
  /** On the same memory, little-endian: an id fits 32 bits, and a BigInt for each costs as much as a draw. */
  readonly #lowHalves: Int32Array
  readonly #runner: TransformerRunner
  readonly #parts: number

  /** @param parts 2 with guidance, else 1 */
  constructor(runner: TransformerRunner, size: number, parts: number) {
    const { rowMultiple, manifest } = runner
    const { vocabulary } = manifest.image
    const rows = Math.ceil((size * parts) / rowMultiple) * rowMultiple
    const logits = new Float32Array(rows * vocabulary)
    this.size = size
    this.#parts = parts
    this.#runner = runner
    this.#logits = logits
    this.#rowLogits = Array.from({ length: rows }, (_, row) =>
      logits.subarray(row * vocabulary, (row + 1) * vocabulary),
    )
    this.#ids = new BigInt64Array(rows)
    this.#lowHalves = new Int32Array(this.#ids.buffer)
    this.cache = runner.takeCache(rows)
  }

  /** Every sequence begins as the prefill of its caption ends. */
  fillFromPrefill({ caches, logits }: Prefill): void {
    const { length } = this.#runner.manifest.text
    this.#eachPart((part, first, last) => {
      const source = caches[part]
      if (source !== undefined) broadcastCache(source, this.cache, first, last, length)
      this.#setLogits(logits[part], first, last)
    })
  }

  /** Every sequence begins as the only one of `source` ends. */
  fillFromOne(source: StepBatch): void {
    this.#eachPart((part, first, last) => {
      copyRow(source.cache, part, this.cache, first, last)
      this.#setLogits(source.#rowLogits[part], first, last)
    })
  }

  /** Logits of the next cell of a sequence under its caption. */
  conditional(index: number): Float32Array {
    return this.#rowLogits[index] ?? new Float32Array()
  }

  /** The same under the null caption; null without guidance. */
  unconditional(index: number): Float32Array | null {
    return this.#parts > 1 ? (this.#rowLogits[this.size + index] ?? null) : null
  }

  /** The code that a sequence has at the cell that is fed next. */
  setCode(index: number, code: number): void {
    const id = this.#runner.manifest.image.firstId + code
    for (let row = index; row < this.#ids.length; row += this.size) this.#lowHalves[2 * row] = id
  }

  /** Before a step: lets sequence `to` go on as `from` does. */
  copySequence(from: number, to: number): void {
    for (let first = 0; first < this.#parts * this.size; first += this.size) {
      copyRow(this.cache, first + from, this.cache, first + to, first + to)
      this.#ids[first + to] = this.#ids[first + from] ?? 0n
    }
  }

  /** Before a step: a batch of some of the sequences, in their order. This one is not to be used any more. */
  subset(sequences: readonly number[]): StepBatch {
    const batch = new StepBatch(this.#runner, sequences.length, this.#parts)
    batch.#eachPart((part, first, last) => {
      for (let row = first; row <= last; row++) {
        const from = part * this.size + (sequences[row - first] ?? 0)
        copyRow(this.cache, from, batch.cache, row, row)
        batch.#ids[row] = this.#ids[from] ?? 0n
      }
    })
    return batch
  }

  /** Feeds the codes of `cell`; then the logits are those of the cell after it. */
  async step(cell: number): Promise<void> {
    await this.#runner.run(this.cache, this.#ids, this.#runner.manifest.text.length + cell, 0, this.#logits)
  }

  /** Lets the next batch use the memory. */
  release(): void {
    this.#runner.giveBack(this.cache)
  }

  /** Rows of each part; those added to reach the multiple repeat the first sequences of the first, and nobody reads their logits. */
  #eachPart(fill: (part: number, first: number, last: number) => void): void {
    for (let part = 0; part < this.#parts; part++) fill(part, part * this.size, (part + 1) * this.size - 1)
    const used = this.#parts * this.size
    if (this.#ids.length > used) fill(0, used, this.#ids.length - 1)
  }

  #setLogits(source: Float32Array | undefined, first: number, last: number): void {
    for (let row = first; row <= last; row++) this.#rowLogits[row]?.set(source ?? [])
  }
}
