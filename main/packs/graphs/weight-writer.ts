import { elementCount, type Tensor } from '../onnx/tensor.ts'
import { transposed } from '../onnx/transpose.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { toFloat16 } from '../weights/half.ts'

/** How weights lie in the file. `float16` halves it; ONNX Runtime widens them once, when the session is made. */
export type WeightStorage = 'float32' | 'float16'

/** Norms, biases and other small tensors gain nothing from float16 and would only lose precision. */
const minElementsForFloat16 = 4096

/** Writes weights into a graph in the chosen storage; the values that come back are float32 either way. */
export class WeightWriter {
  readonly #graph: GraphBuilder
  readonly #storage: WeightStorage

  constructor(graph: GraphBuilder, storage: WeightStorage) {
    this.#graph = graph
    this.#storage = storage
  }

  weight(name: string, source: Tensor): Value {
    if (this.#storage === 'float32' || elementCount(source.dims) < minElementsForFloat16) {
      return this.#graph.initializer(name, source)
    }
    const stored = this.#graph.initializer(`${name}.half`, toFloat16(source))
    return this.#graph.node('Cast', [stored], { name, attributes: { to: 1 } })
  }

  /** `x · weightᵀ + bias` for any leading dimensions of `x`. @param weight `[out, in]`, as PyTorch keeps it. */
  linear(name: string, x: Value, weight: Tensor, bias?: Tensor): Value {
    const product = this.#graph.node('MatMul', [x, this.weight(`${name}.weight`, transposed(weight))])
    return bias === undefined ? product : this.#graph.node('Add', [product, this.weight(`${name}.bias`, bias)])
  }
}
