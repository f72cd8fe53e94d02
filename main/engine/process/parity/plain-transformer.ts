import { isVisible } from '#app/kernels/attention-masks.ts'
import { float32Of, type Tensor } from '#main/packs/onnx/tensor.ts'
import type { TransformerDescription } from '#main/packs/weights/model-description.ts'

type Matrix = readonly Float64Array[]

/**
 * The transformer of docs/weights-format.md as plainly as it can be written: float64, no cache, no batch, every option.
 * What the ONNX graph is compared with.
 */
export class PlainTransformer {
  readonly #description: TransformerDescription
  readonly #weights: ReadonlyMap<string, Tensor>

  constructor(description: TransformerDescription, weights: ReadonlyMap<string, Tensor>) {
    this.#description = description
    this.#weights = weights
  }

  /** Image logits after each position. @param ids token ids from the first text position on */
  logits(ids: readonly number[]): Float64Array[] {
    const { layers, textVocabulary, textLength } = this.#description
    let x: Matrix = ids.map((id, position) => this.#embed(id, position))
    for (let layer = 0; layer < layers; layer++) {
      const name = `layers.${layer}`
      const attended = this.#attention(layer, this.#norm(`${name}.attention_norm`, x))
      x = sum(x, this.#optionalNorm(`${name}.attention_out_norm`, attended))
      const hidden = this.#mlp(`${name}.mlp`, this.#norm(`${name}.mlp_norm`, x))
      x = sum(x, this.#optionalNorm(`${name}.mlp_out_norm`, hidden))
    }
    const all = this.#linear('head', this.#norm('final_norm', x))
    return all.map((row) => row.subarray(textVocabulary + textLength))
  }

  #tensor(name: string): Float32Array | undefined {
    const tensor = this.#weights.get(name)
    return tensor && float32Of(tensor)
  }

  #row(name: string, index: number): Float64Array {
    const { width } = this.#description
    return Float64Array.from(this.#tensor(name)?.subarray(index * width, (index + 1) * width) ?? [])
  }

  #embed(id: number, position: number): Float64Array {
    const { textLength, columns } = this.#description
    const cell = position - textLength
    const token = this.#row('token_embedding.weight', id)
    if (cell < 0) return add(token, this.#row('text_position_embedding.weight', position))
    const row = this.#row('image_row_embedding.weight', Math.floor(cell / columns))
    return add(token, add(row, this.#row('image_column_embedding.weight', cell % columns)))
  }

  #norm(name: string, x: Matrix): Matrix {
    const scale = this.#tensor(`${name}.weight`) ?? []
    const bias = this.#tensor(`${name}.bias`)
    const { norm, normEps } = this.#description
    return x.map((row) => {
      const mean = norm === 'layernorm' ? average(row) : 0
      const variance = average(row.map((value) => (value - mean) ** 2))
      return row.map(
        (value, i) => ((value - mean) / Math.sqrt(variance + normEps)) * (scale[i] ?? 0) + (bias?.[i] ?? 0),
      )
    })
  }

  #optionalNorm(name: string, x: Matrix): Matrix {
    return this.#weights.has(`${name}.weight`) ? this.#norm(name, x) : x
  }

  #linear(name: string, x: Matrix): Matrix {
    const weight = this.#tensor(`${name}.weight`) ?? new Float32Array()
    const bias = this.#tensor(`${name}.bias`)
    return x.map((row) =>
      Float64Array.from({ length: weight.length / row.length }, (_, out) => {
        let total = bias?.[out] ?? 0
        for (let i = 0; i < row.length; i++) total += (weight[out * row.length + i] ?? 0) * (row[i] ?? 0)
        return total
      }),
    )
  }

  #attention(layer: number, x: Matrix): Matrix {
    const { heads, headDim, qkNorm, attention } = this.#description
    const name = `layers.${layer}.attention`
    const qkv = this.#linear(`${name}.qkv`, x)
    const part = heads * headDim
    const joined = x.map(() => new Float64Array(part))
    for (let head = 0; head < heads; head++) {
      const slice = (offset: number): Matrix =>
        qkv.map((row) => row.slice(offset + head * headDim, offset + (head + 1) * headDim))
      const queries = qkNorm ? this.#headNorm(`${name}.query_norm`, slice(0)) : slice(0)
      const keys = qkNorm ? this.#headNorm(`${name}.key_norm`, slice(part)) : slice(part)
      const values = slice(2 * part)
      queries.forEach((query, i) => {
        const visible = keys.flatMap((_, j) =>
          isVisible(attention[layer] ?? 'dense', this.#geometry, i, j) ? [j] : [],
        )
        const shares = softmax(visible.map((j) => dot(query, keys[j] ?? query) / Math.sqrt(headDim)))
        visible.forEach((j, n) =>
          values[j]?.forEach((value, d) => {
            const target = joined[i]
            if (target) target[head * headDim + d] = (target[head * headDim + d] ?? 0) + (shares[n] ?? 0) * value
          }),
        )
      })
    }
    return this.#linear(`${name}.out`, joined)
  }

  get #geometry() {
    const { textLength, rows, columns } = this.#description
    return { textLength, rows, columns }
  }

  #headNorm(name: string, x: Matrix): Matrix {
    const scale = this.#tensor(`${name}.weight`) ?? []
    return x.map((row) => {
      const root = Math.sqrt(average(row.map((value) => value * value)) + this.#description.normEps)
      return row.map((value, i) => (value / root) * (scale[i] ?? 0))
    })
  }

  #mlp(name: string, x: Matrix): Matrix {
    const up = this.#linear(`${name}.up`, x)
    const { activation } = this.#description
    if (activation !== 'geglu')
      return this.#linear(
        `${name}.down`,
        up.map((row) => row.map(activations[activation])),
      )
    const gate = this.#linear(`${name}.gate`, x)
    const gated = up.map((row, i) => row.map((value, j) => value * activations.gelu(gate[i]?.[j] ?? 0)))
    return this.#linear(`${name}.down`, gated)
  }
}

const activations = {
  relu2: (x: number): number => Math.max(0, x) ** 2,
  gelu: (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  gelu_tanh: (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quick_gelu: (x: number): number => x / (1 + Math.exp(-1.702 * x)),
}

/** By its Taylor series: exact enough for the arguments that occur. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x)
  let term = x
  let total = x
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores)
  const weights = scores.map((score) => Math.exp(score - most))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / total)
}

const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + (b[i] ?? 0))
const sum = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => add(row, b[i] ?? row))
const average = (row: Float64Array): number => row.reduce((total, value) => total + value, 0) / row.length
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((total, value, i) => total + value * (b[i] ?? 0), 0)
