import type { KeyMapping } from '../families/weight-plan.ts'

/**
 * The key-by-key map for people: layers that are mapped alike share a line, their numbers written as a range.
 * `layers.{0–41}.attention.qkv.weight [4608, 1536] ← blocks.{0–41}.attn.query.weight + … (stacked)`
 */
export function describeKeys(keys: readonly KeyMapping[]): string[] {
  const groups = new Map<string, KeyMapping[]>()
  for (const key of keys) {
    const pattern = lineOf(key, (text) => text.replace(layerNumber, '.*.'))
    groups.set(pattern, [...(groups.get(pattern) ?? []), key])
  }
  return [...groups.values()].map((alike) => {
    const [first] = alike
    if (first === undefined) return ''
    const range = rangeOf(alike.map(({ target }) => Number(layerNumber.exec(target)?.[1])))
    return lineOf(first, (text) => (range === null ? text : text.replace(layerNumber, `.{${range}}.`)))
  })
}

/** The first number between dots: of a layer, a group or a block. */
const layerNumber = /\.(\d+)\./

function lineOf({ target, shape, sources, note }: KeyMapping, name: (text: string) => string): string {
  const from = sources.length === 0 ? 'nothing in the files' : sources.map(name).join(' + ')
  return `${name(target)} [${shape.join(', ')}] ← ${from}${note === undefined ? '' : ` (${note})`}`
}

/** Null for a single one. Numbers come in their order. */
function rangeOf(numbers: readonly number[]): string | null {
  if (numbers.length < 2) return null
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)]
  return last - first === numbers.length - 1 ? `${first}–${last}` : numbers.join(', ')
}
