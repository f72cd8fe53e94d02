/**
 * The part of onnx.proto that a pack may use, field number by field number. Anything else (functions, sub-graphs, sparse tensors,
 * training information) is not skipped but refused, so no reader behind this one can see more than was checked.
 */
export type Field =
  | { readonly name: string; readonly kind: 'integer' | 'float'; readonly isRepeated?: boolean }
  | { readonly name: string; readonly kind: 'string'; readonly isRepeated?: boolean; readonly maxBytes: number }
  /** Skipped; its length is kept, and where it begins as `<name>At`. */
  | { readonly name: string; readonly kind: 'blob' }
  | { readonly name: string; readonly kind: 'message'; readonly isRepeated?: boolean; readonly message: Grammar }

export interface Grammar {
  readonly name: string
  readonly fields: Readonly<Record<number, Field>>
}

const maxNameBytes = 1024
const maxTextBytes = 65536

const name = (field: string): Field => ({ name: field, kind: 'string', maxBytes: maxNameBytes })
const names = (field: string): Field => ({ name: field, kind: 'string', isRepeated: true, maxBytes: maxNameBytes })
const text = (field: string): Field => ({ name: field, kind: 'string', maxBytes: maxTextBytes })
const integer = (field: string): Field => ({ name: field, kind: 'integer' })
const one = (field: string, message: Grammar): Field => ({ name: field, kind: 'message', message })
const many = (field: string, message: Grammar): Field => ({ name: field, kind: 'message', isRepeated: true, message })

const dimension: Grammar = { name: 'Dimension', fields: { 1: integer('size'), 2: name('symbol') } }
const shape: Grammar = { name: 'TensorShapeProto', fields: { 1: many('dims', dimension) } }
const tensorType: Grammar = { name: 'TypeProto.Tensor', fields: { 1: integer('elementType'), 2: one('shape', shape) } }
const elementTypeOfSequence: Grammar = { name: 'TypeProto', fields: { 1: one('tensor', tensorType) } }
const sequenceType: Grammar = { name: 'TypeProto.Sequence', fields: { 1: one('element', elementTypeOfSequence) } }
const type: Grammar = { name: 'TypeProto', fields: { 1: one('tensor', tensorType), 4: one('sequence', sequenceType) } }
const valueInfo: Grammar = { name: 'ValueInfoProto', fields: { 1: name('name'), 2: one('type', type), 3: text('doc') } }

const attributeFields: Grammar['fields'] = {
  1: name('name'),
  2: { name: 'float', kind: 'float' },
  3: integer('integer'),
  4: name('string'),
  7: { name: 'floats', kind: 'float', isRepeated: true },
  8: { name: 'integers', kind: 'integer', isRepeated: true },
  13: text('doc'),
  20: integer('type'),
}
const nodeOf = (fields: Grammar['fields']): Grammar => ({
  name: 'NodeProto',
  fields: {
    1: names('inputs'),
    2: names('outputs'),
    3: name('name'),
    4: name('operator'),
    5: many('attributes', { name: 'AttributeProto', fields }),
    6: text('doc'),
    7: name('domain'),
  },
})
const entry: Grammar = { name: 'StringStringEntryProto', fields: { 1: name('key'), 2: name('value') } }
const tensor: Grammar = {
  name: 'TensorProto',
  fields: {
    1: { name: 'dims', kind: 'integer', isRepeated: true },
    2: integer('dataType'),
    8: name('name'),
    9: { name: 'rawBytes', kind: 'blob' },
    12: text('doc'),
    13: many('external', entry),
    14: integer('location'),
  },
}
const graphFields: Grammar['fields'] = {
  1: many('nodes', nodeOf(attributeFields)),
  2: name('name'),
  5: many('initializers', tensor),
  10: text('doc'),
  11: many('inputs', valueInfo),
  12: many('outputs', valueInfo),
}
const operatorSet: Grammar = { name: 'OperatorSetIdProto', fields: { 1: name('domain'), 2: integer('version') } }

const modelOf = (fields: Grammar['fields'], more: Grammar['fields'] = {}): Grammar => ({
  name: 'ModelProto',
  fields: {
    1: integer('irVersion'),
    2: text('producerName'),
    3: text('producerVersion'),
    4: name('domain'),
    5: integer('modelVersion'),
    6: text('doc'),
    7: one('graph', { name: 'GraphProto', fields }),
    8: many('operatorSets', operatorSet),
    ...more,
  },
})

export const modelGrammar: Grammar = modelOf(graphFields)

/**
 * What exporters write besides: constants in attributes, the shapes of inner values, notes. Files of this grammar are read for their weights
 * (main/packs/import/readers) and never run.
 */
export const exportGrammar: Grammar = modelOf(
  {
    ...graphFields,
    1: many('nodes', nodeOf({ ...attributeFields, 5: one('tensor', tensor) })),
    13: many('innerValues', valueInfo),
  },
  { 14: many('notes', entry) },
)
