import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'

import { StudioError } from '#app/contract/errors.ts'

import { dataTypes } from '../onnx/data-types.ts'
import { float32Of, type Tensor } from '../onnx/tensor.ts'
import { toFloat32 } from '../weights/half.ts'

const suffixOfHalves = '.half'
const floatTypes = new Map<number, 'float16' | 'float32'>([
  [dataTypes.float16, 'float16'],
  [dataTypes.float32, 'float32'],
])

/** The float weights of one graph of a pack by the names the builder gave them, float16 widened; shapes and scalars of the graph itself stay out. */
export class Initializers {
  readonly #file: string
  readonly #tensors = new Map<string, Tensor>()

  /** @param file names the graph in errors */
  constructor(file: string, model: Uint8Array) {
    this.#file = file
    // As plain bytes: what is cut out of a Node Buffer shares its memory, slice() included.
    const { graph } = fromBinary(ModelProtoSchema, new Uint8Array(model))
    for (const { name, dims, dataType, rawData } of graph?.initializer ?? []) {
      const type = floatTypes.get(dataType)
      if (type === undefined) continue
      const plain = name.endsWith(suffixOfHalves) ? name.slice(0, -suffixOfHalves.length) : name
      this.#tensors.set(plain, toFloat32({ type, dims: dims.map(Number), bytes: rawData }))
    }
  }

  names(): string[] {
    return [...this.#tensors.keys()]
  }

  /** @throws StudioError packInvalid when the graph has no such weight: another builder made it, or another architecture. */
  take(name: string): Tensor {
    const found = this.#tensors.get(name)
    if (found === undefined) throw new StudioError('packInvalid', `${this.#file}: the weight ${name} is missing.`)
    return found
  }

  values(name: string): Float32Array {
    return float32Of(this.take(name))
  }
}
