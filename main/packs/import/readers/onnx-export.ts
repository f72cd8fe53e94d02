import { StudioError } from '#app/contract/errors.ts'

import { checkModel, exportRules } from '../../validate/onnx/check-model.ts'
import { exportGrammar } from '../../validate/onnx/grammar.ts'
import { MessageReader } from '../../validate/onnx/message-reader.ts'
import { toOutline, type ModelOutline } from '../../validate/onnx/model.ts'

import type { ByteSource } from './byte-source.ts'
import { checkTensorName } from './collect-tensors.ts'
import { toFloat32 } from './dtype.ts'
import { hasClipNames, nameWeights, type NamedWeight } from './onnx-names.ts'
import { Refusal, refuse } from './refusal.ts'
import type { PlainValue, TensorSource } from './tensor-source.ts'

const pieceBytes = 2 ** 20
/** Of exporters that keep weights in 8 bits. */
const quantisedOperators: ReadonlySet<string> = new Set([
  'ConvInteger',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'MatMulNBits',
  'QLinearMatMul',
])

/**
 * A CLIP that was exported to ONNX, as its weights: the graph is read to tell which is which, and to see which activation it has; it is never
 * run. `metadata` says `activation`.
 * @returns null for an ONNX file that has no weights under names of CLIP
 * @throws Refusal `onnx`
 */
export function readOnnxExport(source: ByteSource): TensorSource | null {
  return ruled(source.name, () => {
    const outline = readOutline(source)
    if (!hasClipNames(outline)) return null
    const quantised = outline.nodes.find(({ operator }) => quantisedOperators.has(operator))
    if (quantised !== undefined)
      refuse('onnx', source.name, `an 8-bit export (${quantised.operator}); give the float32 or float16 one`)
    checkModel(source.name, outline, undefined, exportRules)
    const { weights, unknown } = nameWeights(outline)
    if (unknown[0] !== undefined)
      refuse('onnx', source.name, `it cannot be told what the matrix ${unknown[0]} is for (of ${unknown.length})`)
    return toSource(source, outline, weights)
  })
}

function readOutline(source: ByteSource): ModelOutline {
  const reader = new MessageReader(source.name, exportGrammar, source.size)
  for (let at = 0; at < source.size; at += pieceBytes)
    reader.push(source.read(at, Math.min(pieceBytes, source.size - at)))
  return toOutline(source.name, reader.finish())
}

function toSource(source: ByteSource, outline: ModelOutline, weights: readonly NamedWeight[]): TensorSource {
  const byName = new Map(weights.map((weight) => [weight.name, weight]))
  for (const name of byName.keys()) checkTensorName(name, source.name)
  const metadata = new Map<string, PlainValue>([['activation', activationOf(outline)]])
  return {
    format: 'onnx',
    fileName: source.name,
    tensors: new Map(
      weights.map(({ name, initializer, shape }) => [name, { name, dtype: initializer.type ?? 'float32', shape }]),
    ),
    metadata,
    readFloat32: (name, range) => {
      const weight = byName.get(name)
      if (weight === undefined) throw new RangeError(`no tensor ${name} in ${source.name}`)
      const values = valuesOf(source, weight)
      return range === undefined ? values : values.slice(range.first, range.first + range.count)
    },
    close: () => source.close(),
  }
}

function valuesOf(source: ByteSource, { initializer, isTurned }: NamedWeight): Float32Array {
  const { rawAt, rawBytes, type = 'float32', dims } = initializer
  const values = toFloat32(source.read(rawAt, rawBytes), type)
  if (!isTurned) return values
  const [rows = 0, columns = 0] = dims
  const turned = new Float32Array(values.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column] ?? 0
  return turned
}

/** `gelu` is written with the error function, `quick_gelu` with a sigmoid. */
function activationOf({ nodes }: ModelOutline): string {
  const operators = new Set(nodes.map(({ operator }) => operator))
  if (operators.has('Erf') || operators.has('Gelu')) return 'gelu'
  return operators.has('Sigmoid') ? 'quick_gelu' : 'unknown'
}

function ruled<T>(place: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof StudioError) || error.code !== 'packInvalid') throw error
    throw new Refusal('onnx', place, error.message, { cause: error })
  }
}
