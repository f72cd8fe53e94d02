import type { InitializerOutline, ModelOutline, NodeOutline } from '../../validate/onnx/model.ts'

/** A weight of an exported model under the name its module gave it. */
export interface NamedWeight {
  readonly name: string
  readonly initializer: InitializerOutline
  /** The file holds `[in, out]`, where the module had `[out, in]`. */
  readonly isTurned: boolean
  /** Sizes of the module's tensor. */
  readonly shape: readonly number[]
}

/** What a value is made from: texts, pictures or both. */
type Reach = number
const fromText = 1
const fromPicture = 2

/** A constant of the graph as some node sees it. */
interface Constant {
  readonly initializer: InitializerOutline
  readonly isTransposed: boolean
}

const moduleName =
  /^(?:[A-Za-z]\w*\.)*(?:text_model|vision_model)\.[\w.]+$|^(?:[A-Za-z]\w*\.)*(?:text_projection|visual_projection)\.weight$|^(?:[A-Za-z]\w*\.)*logit_scale$/

/** Whether the model has weights of a CLIP under their names. */
export function hasClipNames({ initializers }: Pick<ModelOutline, 'initializers'>): boolean {
  return initializers.some(({ name }) => moduleName.test(name))
}

/**
 * Names the weights of an exported CLIP. PyTorch's exporter keeps the names of what it copies; a matrix that it transposes while it folds
 * constants becomes `onnx::MatMul_123`, and is told by what stands beside it in the graph: the bias that is added to its product, or, where a
 * projection has none, whether texts or pictures flow into it.
 * @returns the weights, and matrices of which it cannot be told what they are for
 */
export function nameWeights(model: ModelOutline): { readonly weights: NamedWeight[]; readonly unknown: string[] } {
  const naming = new Naming(model)
  for (const node of model.nodes) naming.follow(node)
  return naming.finish()
}

class Naming {
  readonly #constants = new Map<string, Constant>()
  readonly #users = new Map<string, NodeOutline[]>()
  readonly #reach = new Map<string, Reach>()
  readonly #weights = new Map<string, NamedWeight>()
  readonly #unknown: string[] = []

  constructor({ inputs, initializers, nodes }: ModelOutline) {
    for (const { name } of inputs) {
      if (name.includes('pixel')) this.#reach.set(name, fromPicture)
      else if (name.includes('input_ids')) this.#reach.set(name, fromText)
    }
    for (const initializer of initializers) {
      this.#constants.set(initializer.name, { initializer, isTransposed: false })
      if (moduleName.test(initializer.name)) this.#name(initializer.name, initializer, false)
    }
    for (const node of nodes)
      for (const input of node.inputs) {
        const users = this.#users.get(input)
        if (users === undefined) this.#users.set(input, [node])
        else users.push(node)
      }
  }

  /** Nodes come in the order of the file: what one uses was made before. */
  follow(node: NodeOutline): void {
    const [output = ''] = node.outputs
    const reach = node.inputs.reduce((all, input) => all | (this.#reach.get(input) ?? 0), 0)
    for (const name of node.outputs) this.#reach.set(name, reach)
    const first = this.#constants.get(node.inputs[0] ?? '')
    switch (node.operator) {
      case 'Identity':
      case 'Cast':
        if (first === undefined) return
        this.#constants.set(output, first)
        // Of equal weights an exporter keeps one, and gives the others their names this way.
        if (moduleName.test(output)) this.#name(output, first.initializer, first.isTransposed)
        return
      case 'Transpose':
        if (first?.initializer.dims.length === 2)
          this.#constants.set(output, { ...first, isTransposed: !first.isTransposed })
        return
      case 'MatMul':
      case 'Gemm':
        return this.#linear(node, reach)
      case 'Add':
        return this.#places(node, reach)
    }
  }

  finish(): { weights: NamedWeight[]; unknown: string[] } {
    return { weights: [...this.#weights.values()], unknown: this.#unknown }
  }

  #linear(node: NodeOutline, reach: Reach): void {
    const matrix = this.#constants.get(node.inputs[1] ?? '')
    if (matrix?.initializer.dims.length !== 2) return
    const isTransposed = node.attributes.some(({ name, integer }) => name === 'transB' && integer === 1)
    // The product is with `[in, out]`: once more transposed on the way, the file has the module's own `[out, in]`.
    const isTurned = matrix.isTransposed === isTransposed
    const name = this.#nameOfMatrix(node, matrix, reach)
    if (name === undefined) this.#unknown.push(matrix.initializer.name)
    else this.#name(name, matrix.initializer, isTurned)
  }

  #nameOfMatrix(node: NodeOutline, { initializer }: Constant, reach: Reach): string | undefined {
    if (moduleName.test(initializer.name)) return initializer.name
    const bias = this.#biasOf(node)
    if (bias !== undefined) return `${bias.slice(0, -'bias'.length)}weight`
    const projection = { [fromText]: 'text_projection.weight', [fromPicture]: 'visual_projection.weight' }[reach]
    return projection === undefined || this.#weights.has(projection) ? undefined : projection
  }

  #biasOf(node: NodeOutline): string | undefined {
    if (node.operator === 'Gemm') return this.#biasAmong(node.inputs.slice(2))
    const users = this.#users.get(node.outputs[0] ?? '') ?? []
    const [user] = users
    return users.length === 1 && user?.operator === 'Add' ? this.#biasAmong(user.inputs) : undefined
  }

  #biasAmong(values: readonly string[]): string | undefined {
    return values
      .flatMap((value) => [value, this.#constants.get(value)?.initializer.name ?? ''])
      .find((name) => moduleName.test(name) && name.endsWith('.bias'))
  }

  /** A table of positions that is looked up with constants is folded into `[1, positions, width]`. */
  #places(node: NodeOutline, reach: Reach): void {
    const tower = { [fromText]: 'text_model', [fromPicture]: 'vision_model' }[reach]
    const constant = node.inputs.map((input) => this.#constants.get(input)).find((found) => found !== undefined)
    if (tower === undefined || constant === undefined || moduleName.test(constant.initializer.name)) return
    const { initializer } = constant
    const name = `${tower}.embeddings.position_embedding.weight`
    if (initializer.dims.length !== 3 || initializer.dims[0] !== 1 || this.#weights.has(name)) return
    this.#weights.set(name, { name, initializer, isTurned: false, shape: initializer.dims.slice(1) })
  }

  #name(name: string, initializer: InitializerOutline, isTurned: boolean): void {
    const [rows = 0, columns = 0] = initializer.dims
    this.#weights.set(name, { name, initializer, isTurned, shape: isTurned ? [columns, rows] : initializer.dims })
  }
}
