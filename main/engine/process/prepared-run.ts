import * as ort from 'onnxruntime-node'

import type { KeyValueCache } from './key-value-cache.ts'

/** The tensors of a run on a cache, ready to be run again from another position. */
export interface PreparedRun {
  readonly ids: BigInt64Array
  readonly logits: Float32Array
  readonly sequence: number
  /** What the layers of sparse kinds read is left to the caller: it changes with every cell. */
  readonly feeds: Record<string, ort.Tensor>
  readonly fetches: Readonly<Record<string, ort.Tensor | null>>
  /** @param start position of the first id of each row */
  setPositions(start: number): void
}

/**
 * Tensors on the memory of `ids`, `logits` and the cache: what changes there changes in them.
 * @param sequence positions in each row
 * @param firstLogit how many of them need no logits
 */
export function prepareRun(
  cache: KeyValueCache,
  ids: BigInt64Array,
  sequence: number,
  logits: Float32Array,
  firstLogit: number,
  vocabulary: number,
): PreparedRun {
  const { rows, entries } = cache
  const positions = new BigInt64Array(rows * sequence)
  // Little-endian: without a BigInt for each.
  const lowHalves = new Int32Array(positions.buffer)
  const last = new Int32Array(rows)
  const total = new Int32Array(1)
  const feeds: Record<string, ort.Tensor> = {
    ids: new ort.Tensor('int64', ids, [rows, sequence]),
    positions: new ort.Tensor('int64', positions, [rows, sequence]),
    first_logit: new ort.Tensor('int64', BigInt64Array.of(BigInt(firstLogit)), [1]),
    last_position: new ort.Tensor('int32', last, [rows]),
    total_length: new ort.Tensor('int32', total, [1]),
  }
  const fetches: Record<string, ort.Tensor | null> = {
    done: null,
    logits: new ort.Tensor('float32', logits, [rows, sequence - firstLogit, vocabulary]),
  }
  for (const { name, tensor } of entries) {
    feeds[`past.${name}`] = tensor
    fetches[`present.${name}`] = tensor
  }
  return {
    ids,
    logits,
    sequence,
    feeds,
    fetches,
    setPositions: (start) => {
      for (let i = 0; i < positions.length; i++) lowHalves[2 * i] = start + (i % sequence)
      last.fill(start + sequence - 1)
      total[0] = start + sequence
    },
  }
}

/** How far the layers of a kind read. @param kind as in the graph's names, a dot before it */
export function lengthFeeds(kind: string, rows: number, keys: number): Record<string, ort.Tensor> {
  return {
    [`last_position${kind}`]: new ort.Tensor('int32', new Int32Array(rows).fill(keys - 1), [rows]),
    [`total_length${kind}`]: new ort.Tensor('int32', Int32Array.of(keys), [1]),
  }
}
