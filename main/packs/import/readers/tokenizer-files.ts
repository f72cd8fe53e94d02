import { StudioError } from '#app/contract/errors.ts'

import { parseStrictJson } from '../../strict-json.ts'

import type { SideFile } from './open-checkpoint.ts'
import { Refusal, refuse } from './refusal.ts'

const maxTokens = 262_144
const maxTokenLength = 512

/** A byte-pair encoder as its files give it: ids, and merges in order of priority. */
export interface BpeTables {
  readonly vocabulary: ReadonlyMap<string, number>
  readonly merges: readonly (readonly [string, string])[]
}

/** YouTokenToMe: a BPE whose words begin with `▁`. */
export interface YttmTables extends BpeTables {
  readonly specials: { readonly unk: number; readonly pad: number; readonly bos: number; readonly eos: number }
}

export type TokenizerFile =
  | { readonly kind: 'vocabulary'; readonly name: string; readonly vocabulary: ReadonlyMap<string, number> }
  | { readonly kind: 'merges'; readonly name: string; readonly merges: BpeTables['merges'] }
  | { readonly kind: 'youtokentome'; readonly name: string; readonly tables: YttmTables }
  | { readonly kind: 'tokenizer.json'; readonly name: string; readonly json: object }
  | { readonly kind: 'other'; readonly name: string }

/** What a small text file is, by content. @throws Refusal `tokenizer-file` for one that begins well and does not hold together */
export function readTokenizerFile(file: SideFile): TokenizerFile {
  const { name } = file
  if (file.kind === 'json') return readJson(file)
  const text = Buffer.from(file.bytes).toString('utf8')
  const first = text.slice(0, Math.max(0, text.indexOf('\n'))).trim()
  if (/^\d+ \d+$/.test(first)) return { kind: 'youtokentome', name, tables: readYttm(name, text) }
  if (first.startsWith('#version') || /^"?bpe_simple_vocab/.test(first) || /^\S+ \S+$/.test(first))
    return { kind: 'merges', name, merges: readMerges(name, text) }
  return { kind: 'other', name }
}

function readJson({ name, bytes }: SideFile): TokenizerFile {
  let json: unknown
  try {
    json = parseStrictJson(bytes, { subject: name, maxDepth: 16 })
  } catch (error) {
    if (error instanceof StudioError) throw new Refusal('tokenizer-file', name, error.message, { cause: error })
    throw error
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { kind: 'other', name }
  if ('model' in json && 'added_tokens' in json) return { kind: 'tokenizer.json', name, json }
  const entries = Object.entries(json)
  if (entries.length < 2 || entries.some(([, id]) => typeof id !== 'number')) return { kind: 'other', name }
  if (entries.length > maxTokens) refuse('tokenizer-file', name, `${entries.length} tokens, allowed are ${maxTokens}`)
  const vocabulary = new Map<string, number>()
  const ids = new Set<number>()
  for (const [token, id] of entries as [string, number][]) {
    if (!Number.isSafeInteger(id) || id < 0 || id >= maxTokens || ids.has(id) || token.length > maxTokenLength)
      refuse('tokenizer-file', name, `token ${JSON.stringify(token.slice(0, 40))} has no id of its own in range`)
    ids.add(id)
    vocabulary.set(token, id)
  }
  return { kind: 'vocabulary', name, vocabulary }
}

function readMerges(name: string, text: string): BpeTables['merges'] {
  const lines = text.split('\n')
  if (lines.length > maxTokens + 2) refuse('tokenizer-file', name, `${lines.length} lines, allowed are ${maxTokens}`)
  const merges: [string, string][] = []
  for (const [index, line] of lines.entries()) {
    const isHead = index === 0 && (line.startsWith('#') || /^"?bpe_simple_vocab/.test(line))
    if (isHead || line.trim() === '') continue
    const [left, right, ...rest] = line.trimEnd().split(' ')
    if (left === undefined || right === undefined || left === '' || right === '' || rest.length > 0)
      return refuse('tokenizer-file', name, `line ${index + 1} is not a pair`)
    if (left.length + right.length > maxTokenLength) refuse('tokenizer-file', name, `line ${index + 1} is too long`)
    merges.push([left, right])
  }
  return merges
}

/**
 * YouTokenToMe's text format: `n m`, n lines `codepoint id`, m lines `left right result` (ids), `unk pad bos eos`.
 * The tokens are spelt out by joining their halves.
 */
function readYttm(name: string, text: string): YttmTables {
  const bad = (reason: string): never => refuse('tokenizer-file', name, reason)
  const numbers = text.split(/\s+/).filter((word) => word !== '')
  if (numbers.length > 4 * maxTokens || numbers.some((word) => !/^-?\d{1,9}$/.test(word)))
    return bad('something that is not a number, or too many of them')
  let at = 0
  const next = (): number => Number(numbers[at++] ?? bad('it ends too early'))
  const [letters, rules] = [next(), next()]
  if (letters + rules > maxTokens) return bad(`${letters + rules} tokens, allowed are ${maxTokens}`)
  const words = new Map<number, string>()
  const put = (id: number, word: string): void => {
    if (id < 0 || id >= maxTokens || words.has(id) || word.length > maxTokenLength)
      bad(`id ${id} is out of range, taken or too long`)
    words.set(id, word)
  }
  for (let i = 0; i < letters; i++) {
    const codepoint = next()
    if (codepoint < 1 || codepoint > 0x10ffff) bad(`${codepoint} is no character`)
    put(next(), String.fromCodePoint(codepoint))
  }
  const merges: [string, string][] = []
  for (let i = 0; i < rules; i++) {
    const [left, right] = [words.get(next()), words.get(next())]
    if (left === undefined || right === undefined) return bad(`rule ${i} joins what does not exist`)
    put(next(), left + right)
    merges.push([left, right])
  }
  const [unk, pad, bos, eos] = [next(), next(), next(), next()]
  if (at !== numbers.length) bad('it goes on after its special tokens')
  const vocabulary = new Map<string, number>()
  // Two rules can spell the same word; the encoder would take the rule of higher priority, which comes first.
  for (const [id, word] of words) if (!vocabulary.has(word)) vocabulary.set(word, id)
  return { vocabulary, merges, specials: { unk, pad, bos, eos } }
}
