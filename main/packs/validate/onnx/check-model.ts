import { StudioError } from '#app/contract/errors.ts'

import { elementBytes } from '../../onnx/tensor.ts'

import type { InitializerOutline, ModelOutline, NodeOutline } from './model.ts'
import { allowedOperators, constantOperators, exportOperators } from './operators.ts'

const limits = { nodes: 100_000, initializers: 20_000, rank: 8, valuesPerNode: 4096, attributesPerNode: 64 } as const
interface Range {
  readonly min: number
  readonly max: number
}

/** What a model may be made of. */
export interface ModelRules {
  readonly irVersions: Range
  readonly operatorSets: Readonly<Record<string, Range>>
  readonly operators: Readonly<Record<string, ReadonlySet<string>>>
  readonly attributeTypes: ReadonlySet<number>
  /** Whether any operator may work on weights alone. */
  readonly isFoldingAllowed: boolean
}

const packRules: ModelRules = {
  irVersions: { min: 7, max: 11 },
  operatorSets: { '': { min: 13, max: 24 }, 'com.microsoft': { min: 1, max: 1 } },
  operators: allowedOperators,
  // FLOAT, INT, STRING, FLOATS, INTS: no tensors, no graphs.
  attributeTypes: new Set([1, 2, 3, 6, 7]),
  isFoldingAllowed: false,
}

/** For files whose weights are read and which nothing runs: what exporters of PyTorch write. Tensors in attributes are passed over. */
export const exportRules: ModelRules = {
  irVersions: { min: 3, max: 13 },
  // ONNX Runtime's tools declare all of their own when they save a file; nodes of them are refused all the same.
  operatorSets: {
    '': { min: 9, max: 24 },
    ...Object.fromEntries(
      [
        'ai.onnx.ml',
        'ai.onnx.preview.training',
        'ai.onnx.training',
        'com.microsoft',
        'com.microsoft.experimental',
        'com.microsoft.nchwc',
        'com.ms.internal.nhwc',
        'org.pytorch.aten',
      ].map((domain) => [domain, { min: 1, max: 24 }]),
    ),
  },
  operators: exportOperators,
  attributeTypes: new Set([1, 2, 3, 4, 6, 7]),
  isFoldingAllowed: true,
}

/** The file of a pack that holds a model's large weights, hash and length already checked. */
export interface WeightsFile {
  readonly name: string
  readonly bytes: number
}

/**
 * Checks everything about a model that does not depend on what it is for: versions, operators, sizes of weights, and that every value is
 * made once, before it is used. Throws `packInvalid`.
 * @param weightsFile the one other file weights may lie in: they must fill it in their order, without gaps, overlaps or a rest
 * @param rules those of packs, when none are given
 */
export function checkModel(
  subject: string,
  model: ModelOutline,
  weightsFile?: WeightsFile,
  rules: ModelRules = packRules,
): void {
  const check = new ModelCheck(subject, weightsFile, rules)
  check.versions(model)
  if (model.nodes.length > limits.nodes) throw check.invalid(`more than ${limits.nodes} nodes`)
  if (model.initializers.length > limits.initializers) throw check.invalid(`more than ${limits.initializers} weights`)
  for (const { name } of model.inputs) check.define(name)
  for (const initializer of model.initializers) check.initializer(initializer)
  for (const node of model.nodes) check.node(node)
  for (const { name } of model.outputs) check.use(name, 'an output')
  check.weightsFileIsFull()
}

class ModelCheck {
  readonly #subject: string
  readonly #known = new Set<string>()
  /** Values that follow from weights alone. */
  readonly #constants = new Set<string>()

  readonly #weightsFile: WeightsFile | undefined
  /** Bytes of the weights file that are spoken for. */
  #taken = 0

  readonly #rules: ModelRules

  constructor(subject: string, weightsFile: WeightsFile | undefined, rules: ModelRules) {
    this.#subject = subject
    this.#weightsFile = weightsFile
    this.#rules = rules
  }

  versions({ irVersion, operatorSets: sets }: ModelOutline): void {
    const { irVersions, operatorSets } = this.#rules
    if (irVersion < irVersions.min || irVersion > irVersions.max) {
      throw this.invalid(`IR version ${irVersion}; ${irVersions.min} to ${irVersions.max} are supported`)
    }
    const domains = new Set<string>()
    for (const { domain, version } of sets) {
      const allowed = Object.hasOwn(operatorSets, domain) ? operatorSets[domain] : undefined
      if (allowed === undefined || domains.has(domain))
        throw this.invalid(`operator set "${domain}" is unknown or given twice`)
      if (version < allowed.min || version > allowed.max) {
        throw this.invalid(`operator set "${domain}" ${version}; ${allowed.min} to ${allowed.max} are supported`)
      }
      domains.add(domain)
    }
    if (!domains.has('')) throw this.invalid('the version of the standard operator set is missing')
  }

  initializer({ name, type, dims, rawBytes, external }: InitializerOutline): void {
    this.define(name)
    this.#constants.add(name)
    if (type === undefined) throw this.invalid(`weights "${name}" have an element type that packs do not use`)
    if (dims.length > limits.rank || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
      throw this.invalid(`weights "${name}" have the shape [${dims}]`)
    }
    const bytes = dims.reduce((product, dim) => product * BigInt(dim), BigInt(elementBytes[type]))
    if (external !== undefined) return this.#external(name, external, bytes, rawBytes)
    if (bytes !== BigInt(rawBytes)) {
      throw this.invalid(`weights "${name}" hold ${rawBytes} bytes where ${type} of shape [${dims}] needs ${bytes}`)
    }
  }

  /** Names, not paths: the one file of the pack that belongs to this model, and the very next bytes of it. */
  #external(name: string, entries: NonNullable<InitializerOutline['external']>, bytes: bigint, rawBytes: number): void {
    const file = this.#weightsFile
    if (file === undefined) throw this.invalid(`weights "${name}" lie in another file`)
    const wanted = { location: file.name, offset: String(this.#taken), length: String(bytes) }
    const given = new Map(entries.map(({ key, value }) => [key, value]))
    const isWanted = Object.entries(wanted).every(([key, value]) => given.get(key) === value)
    if (!isWanted || entries.length !== 3 || rawBytes !== 0)
      throw this.invalid(
        `weights "${name}" must be the ${bytes} bytes at ${this.#taken} of ${file.name}, and nothing else`,
      )
    this.#taken += Number(bytes)
  }

  weightsFileIsFull(): void {
    if (this.#weightsFile === undefined || this.#taken === this.#weightsFile.bytes) return
    throw this.invalid(
      `${this.#weightsFile.name} has ${this.#weightsFile.bytes} bytes, of which ${this.#taken} are used`,
    )
  }

  node({ operator, domain, inputs, outputs, attributes }: NodeOutline): void {
    const operators = Object.hasOwn(this.#rules.operators, domain) ? this.#rules.operators[domain] : undefined
    const name = domain === '' ? operator : `${domain}.${operator}`
    if (operators?.has(operator) !== true) throw this.invalid(`the operator "${name}" is not one that packs may use`)
    if (inputs.length > limits.valuesPerNode || outputs.length > limits.valuesPerNode) {
      throw this.invalid(`a ${name} with more than ${limits.valuesPerNode} inputs or outputs`)
    }
    this.#attributes(name, attributes)
    for (const input of inputs) if (input !== '') this.use(input, name)
    const isConstant = inputs.every((input) => input === '' || this.#constants.has(input))
    if (isConstant && !this.#rules.isFoldingAllowed && !constantOperators.has(operator))
      throw this.invalid(`a ${name} works on weights alone`)
    if (outputs.every((output) => output === '')) throw this.invalid(`a ${name} without an output`)
    for (const output of outputs) {
      if (output === '') continue
      this.define(output)
      if (isConstant) this.#constants.add(output)
    }
  }

  define(name: string): void {
    if (name === '' || this.#known.has(name)) throw this.invalid(`the value name "${name}" is empty or defined twice`)
    this.#known.add(name)
  }

  use(name: string, user: string): void {
    if (!this.#known.has(name)) throw this.invalid(`${user} uses "${name}" before it is made`)
  }

  #attributes(operator: string, attributes: NodeOutline['attributes']): void {
    if (attributes.length > limits.attributesPerNode) throw this.invalid(`a ${operator} with too many attributes`)
    const names = new Set(attributes.map(({ name }) => name))
    if (names.size !== attributes.length) throw this.invalid(`a ${operator} names an attribute twice`)
    const odd = attributes.find(({ type }) => !this.#rules.attributeTypes.has(type))
    if (odd !== undefined) throw this.invalid(`attribute "${odd.name}" of ${operator} has the type ${odd.type}`)
  }

  invalid(rule: string): StudioError {
    return new StudioError('packInvalid', `${this.#subject}: ${rule}.`)
  }
}
