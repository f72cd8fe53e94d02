import { StudioError } from '#app/contract/errors.ts'

import { dataTypes } from '../../onnx/data-types.ts'
import type { ElementType } from '../../onnx/tensor.ts'

import type { Item, Message } from './message-reader.ts'

/** A model without its weights: what the checks look at. */
export interface ModelOutline {
  readonly irVersion: number
  readonly operatorSets: readonly { readonly domain: string; readonly version: number }[]
  readonly nodes: readonly NodeOutline[]
  readonly initializers: readonly InitializerOutline[]
  readonly inputs: readonly ValueOutline[]
  readonly outputs: readonly ValueOutline[]
}

export interface NodeOutline {
  readonly operator: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly {
    readonly name: string
    readonly type: number
    readonly integer?: number
    readonly integers?: readonly number[]
  }[]
}

export interface InitializerOutline {
  readonly name: string
  readonly type: ElementType | undefined
  readonly dims: readonly number[]
  readonly rawBytes: number
  /** Where they begin in the file. */
  readonly rawAt: number
  /** There when the bytes lie in another file: what the file says of them, unchecked. */
  readonly external?: readonly { readonly key: string; readonly value: string }[]
}

export interface ValueOutline {
  readonly name: string
  /** `sequence`: a sequence of tensors. Undefined: a type packs do not use. */
  readonly type: ElementType | 'sequence' | undefined
  /** A string is a symbolic size. Undefined: no shape given. */
  readonly dims: readonly (number | string)[] | undefined
}

const elementTypes = new Map<number, ElementType>(
  Object.entries(dataTypes).map(([type, number]) => [number, type as ElementType]),
)

/** Names the parts of a message that was read by `modelGrammar` or `exportGrammar`. Throws `packInvalid` when it holds no graph. */
export function toOutline(subject: string, model: Message): ModelOutline {
  const graph = message(model.get('graph'))
  if (graph === undefined) throw new StudioError('packInvalid', `${subject}: there is no graph in the model.`)
  return {
    irVersion: number(model.get('irVersion')),
    operatorSets: messages(model.get('operatorSets')).map((set) => ({
      domain: string(set.get('domain')),
      version: number(set.get('version')),
    })),
    nodes: messages(graph.get('nodes')).map(toNode),
    initializers: messages(graph.get('initializers')).map((tensor) => ({
      name: string(tensor.get('name')),
      type: elementTypes.get(number(tensor.get('dataType'))),
      dims: list(tensor.get('dims')).map(number),
      rawBytes: number(tensor.get('rawBytes')),
      rawAt: number(tensor.get('rawBytesAt')),
      ...(tensor.has('external') || tensor.has('location') ? { external: externalOf(tensor) } : {}),
    })),
    inputs: messages(graph.get('inputs')).map(toValue),
    outputs: messages(graph.get('outputs')).map(toValue),
  }
}

function externalOf(tensor: Message): InitializerOutline['external'] {
  return messages(tensor.get('external')).map((entry) => ({
    key: string(entry.get('key')),
    value: string(entry.get('value')),
  }))
}

function toNode(node: Message): NodeOutline {
  return {
    operator: string(node.get('operator')),
    domain: string(node.get('domain')),
    inputs: list(node.get('inputs')).map(string),
    outputs: list(node.get('outputs')).map(string),
    attributes: messages(node.get('attributes')).map((attribute) => ({
      name: string(attribute.get('name')),
      type: number(attribute.get('type')),
      ...(attribute.has('integer') ? { integer: number(attribute.get('integer')) } : {}),
      ...(attribute.has('integers') ? { integers: list(attribute.get('integers')).map(number) } : {}),
    })),
  }
}

function toValue(value: Message): ValueOutline {
  const name = string(value.get('name'))
  const type = message(value.get('type'))
  if (type?.has('sequence') === true)
    return { name, type: type.has('tensor') ? undefined : 'sequence', dims: undefined }
  const tensor = message(type?.get('tensor'))
  const shape = message(tensor?.get('shape'))
  const dims = shape && messages(shape.get('dims')).map((dim) => symbolOrSize(dim))
  return { name, type: elementTypes.get(number(tensor?.get('elementType'))), dims }
}

function symbolOrSize(dim: Message): number | string {
  return dim.has('size') ? number(dim.get('size')) : string(dim.get('symbol'))
}

/** What is absent reads as protobuf's default. */
type Content = Item | readonly Item[] | undefined
const number = (content: Content): number => (typeof content === 'number' ? content : 0)
const string = (content: Content): string => (typeof content === 'string' ? content : '')
const message = (content: Content): Message | undefined => (content instanceof Map ? (content as Message) : undefined)
const list = (content: Content): readonly Item[] => (Array.isArray(content) ? (content as readonly Item[]) : [])
const messages = (content: Content): readonly Message[] => list(content).filter((item) => item instanceof Map)
