import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from 'onnx-buf'

import { StudioError } from '#app/contract/errors.ts'

import { attributeProto, type Attribute } from './attribute.ts'
import { dataTypes } from './data-types.ts'
import { byteLength, tensor, type ElementType, type Tensor } from './tensor.ts'

/** The name of a value in a graph: an input, an initialiser or a node's output. */
export type Value = string & { readonly __brand: 'OnnxValue' }

/** Stands for an optional input that is left out. */
export const omitted = '' as Value

/** A string is a symbolic dimension: the same name means the same size. */
export type Dims = readonly (number | string)[]

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>
  /** Default: the standard ONNX domain. */
  readonly domain?: 'com.microsoft'
  /** Names the node and its outputs; made unique by the builder when absent. */
  readonly name?: string
}

const irVersion = 10n
/** Field numbers of onnx.proto that are framed by hand, so that weights are never copied. */
const fields = { modelGraph: 7, graphInitializer: 5, tensorRawData: 9 } as const

/**
 * Writes one ONNX model: nodes in the order they are added, weights inside the file.
 * It knows no operators; ONNX Runtime infers the types and shapes between inputs and outputs.
 */
export class GraphBuilder {
  readonly #name: string
  readonly #opset: number
  readonly #names = new Set<string>()
  readonly #nodes: NodeProto[] = []
  readonly #inputs: ValueInfoProto[] = []
  readonly #outputs: ValueInfoProto[] = []
  readonly #initializers: { readonly name: string; readonly tensor: Tensor }[] = []
  #isMicrosoftUsed = false

  constructor(name: string, options: { readonly opset?: number } = {}) {
    this.#name = name
    this.#opset = options.opset ?? 21
  }

  input(name: string, type: ElementType, dims: Dims): Value {
    this.#inputs.push(tensorInfo(this.#claim(name), type, dims))
    return name as Value
  }

  /** Declares `value` as the next output, under its own name: see `rename` for a public one. */
  output(value: Value, type: ElementType, dims: Dims): void {
    this.#outputs.push(tensorInfo(value, type, dims))
  }

  /** Declares a `sequence(tensor)` as the next output. */
  outputSequence(value: Value, type: ElementType): void {
    const elemType = { value: { case: 'tensorType' as const, value: { elemType: dataTypes[type] } } }
    const sequence = { value: { case: 'sequenceType' as const, value: { elemType } } }
    this.#outputs.push(create(ValueInfoProtoSchema, { name: value, type: sequence }))
  }

  /** Adds weights. Their bytes are asked for when the model is written. */
  initializer(name: string, source: Tensor): Value {
    this.#initializers.push({ name: this.#claim(name), tensor: source })
    return name as Value
  }

  /** An int64 vector, as axes, shapes and split sizes are given. */
  int64(values: readonly number[]): Value {
    return this.initializer(
      this.#unused('shape'),
      tensor(
        'int64',
        [values.length],
        BigInt64Array.from(values, (value) => BigInt(value)),
      ),
    )
  }

  /** An int64 scalar. */
  int64Scalar(value: number): Value {
    return this.initializer(this.#unused('index'), tensor('int64', [], BigInt64Array.of(BigInt(value))))
  }

  /** A float32 scalar. */
  float(value: number): Value {
    return this.initializer(this.#unused('number'), tensor('float32', [], Float32Array.of(value)))
  }

  /** Adds a node with one output. */
  node(operator: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    const [value] = this.nodes(operator, inputs, 1, options)
    if (value === undefined) throw new StudioError('internal', `${operator} has no output.`)
    return value
  }

  /** Adds a node with `outputCount` outputs. */
  nodes(operator: string, inputs: readonly Value[], outputCount: number, options: NodeOptions = {}): Value[] {
    const name = options.name === undefined ? this.#unused(operator) : options.name
    const outputs = Array.from({ length: outputCount }, (_, index) =>
      this.#claim(outputCount === 1 ? name : `${name}.${index}`),
    )
    if (options.domain === 'com.microsoft') this.#isMicrosoftUsed = true
    this.#nodes.push(
      create(NodeProtoSchema, {
        name,
        opType: operator,
        domain: options.domain ?? '',
        input: [...inputs],
        output: outputs,
        attribute: Object.entries(options.attributes ?? {}).map(([key, value]) => attributeProto(key, value)),
      }),
    )
    return outputs as Value[]
  }

  /** Gives `value` the public name that an output needs (an `Identity` node, which ONNX Runtime removes). */
  rename(value: Value, name: string): Value {
    return this.node('Identity', [value], { name })
  }

  /** The largest model protobuf can hold, in bytes. */
  static readonly maxBytes = 2 ** 31 - 1

  /** A lower bound of the model's size in bytes: its weights. */
  weightBytes(): number {
    return this.#initializers.reduce((total, { tensor }) => total + byteLength(tensor), 0)
  }

  /**
   * The model as pieces to write one after another; each tensor's bytes are asked for when its turn comes, and not copied.
   * @param weightsFile bare name of the file that `weightChunks` is written to; then the model only says where its large weights lie in it
   */
  *toChunks(weightsFile?: string): Generator<Uint8Array, void, undefined> {
    const opsetImport = [{ domain: '', version: BigInt(this.#opset) }]
    if (this.#isMicrosoftUsed) opsetImport.push({ domain: 'com.microsoft', version: 1n })
    const model = toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, { irVersion, opsetImport, producerName: 'easel' }),
    )
    const graph = toBinary(
      GraphProtoSchema,
      create(GraphProtoSchema, {
        name: this.#name,
        node: this.#nodes,
        input: this.#inputs,
        output: this.#outputs,
      }),
    )
    let offset = 0
    const heads = this.#initializers.map(({ name, tensor }) => {
      if (weightsFile === undefined || !isLarge(tensor)) return initializerHead(name, tensor)
      const head = externalInitializer(name, tensor, weightsFile, offset)
      offset += byteLength(tensor)
      return head
    })
    yield model
    yield lengthPrefix(fields.modelGraph, graph.byteLength + totalBytes(heads) + this.weightBytes() - offset)
    yield graph
    for (const [index, { name, tensor }] of this.#initializers.entries()) {
      yield heads[index] ?? new Uint8Array(0)
      if (weightsFile === undefined || !isLarge(tensor)) yield bytesOf(name, tensor)
    }
  }

  /** The large weights one after another, as `toChunks` of the same graph describes them. */
  *weightChunks(): Generator<Uint8Array, void, undefined> {
    for (const { name, tensor } of this.#initializers) if (isLarge(tensor)) yield bytesOf(name, tensor)
  }

  /** Throws `internal` past 2 GiB, the limit of protobuf. */
  toBytes(): Uint8Array {
    const chunks = [...this.toChunks()]
    const bytes = new Uint8Array(totalBytes(chunks))
    let offset = 0
    for (const chunk of chunks) {
      bytes.set(chunk, offset)
      offset += chunk.byteLength
    }
    return bytes
  }

  /** Bytes of the weights in memory once a session is made: float16 is widened to float32. */
  residentBytes(): number {
    return this.#initializers.reduce(
      (total, { tensor }) => total + byteLength(tensor) * (tensor.type === 'float16' ? 2 : 1),
      0,
    )
  }

  #claim(name: string): string {
    if (name === '' || this.#names.has(name)) {
      throw new StudioError('internal', `Graph ${this.#name}: the value name "${name}" is empty or taken.`)
    }
    this.#names.add(name)
    return name
  }

  #unused(stem: string): string {
    let number = this.#names.size
    while (this.#names.has(`${stem}_${number}`)) number += 1
    return `${stem}_${number}`
  }
}

function tensorInfo(name: string, type: ElementType, dims: Dims): ValueInfoProto {
  const dim = dims.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  )
  const tensorType = { elemType: dataTypes[type], shape: { dim } }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensorType } } })
}

/** Everything of an initialiser that comes before its bytes. */
function initializerHead(name: string, source: Tensor): Uint8Array {
  const { type, dims } = source
  const message = create(TensorProtoSchema, { name, dims: dims.map((dim) => BigInt(dim)), dataType: dataTypes[type] })
  const head = [toBinary(TensorProtoSchema, message), lengthPrefix(fields.tensorRawData, byteLength(source))]
  return Buffer.concat([lengthPrefix(fields.graphInitializer, totalBytes(head) + byteLength(source)), ...head])
}

/** Worth a place in a file of weights. */
function isLarge(source: Tensor): boolean {
  return byteLength(source) >= 4096
}

function bytesOf(name: string, source: Tensor): Uint8Array {
  const { bytes, dims } = source
  if (bytes.byteLength === byteLength(source)) return bytes
  throw new StudioError('internal', `Initialiser ${name}: ${bytes.byteLength} bytes for [${dims}].`)
}

/** An initialiser whose bytes lie in another file. */
function externalInitializer(name: string, source: Tensor, location: string, offset: number): Uint8Array {
  const { type, dims } = source
  const entries = { location, offset: String(offset), length: String(byteLength(source)) }
  const message = create(TensorProtoSchema, {
    name,
    dims: dims.map((dim) => BigInt(dim)),
    dataType: dataTypes[type],
    externalData: Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
  })
  const bytes = toBinary(TensorProtoSchema, message)
  return Buffer.concat([lengthPrefix(fields.graphInitializer, bytes.byteLength), bytes])
}

function lengthPrefix(field: number, bytes: number): Uint8Array {
  if (bytes > GraphBuilder.maxBytes)
    throw new StudioError('internal', `A model of ${bytes} bytes passes the 2 GiB limit of ONNX.`)
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(bytes).finish()
}

function totalBytes(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((total, chunk) => total + chunk.byteLength, 0)
}
