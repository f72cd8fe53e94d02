import type { SideFile } from '../readers/open-checkpoint.ts'
import { refuse } from '../readers/refusal.ts'
import { readTokenizerFile, type BpeTables, type TokenizerFile, type YttmTables } from '../readers/tokenizer-files.ts'

import type { ClipPart, TokenizerNeed } from './mapped-part.ts'

/** The pack's tokenizer, made from the files a family publishes. */
export interface MadeTokenizer {
  readonly bytes: Uint8Array
  /** Ids of tokens by name, such as `[PAD]`. */
  readonly idOf: (token: string) => number | undefined
  /** For the report: which files it is made of. */
  readonly from: string
}

type FileOf<K extends TokenizerFile['kind']> = Extract<TokenizerFile, { kind: K }>

/** @throws Refusal `tokenizer-file` when the files are missing or do not fit the vocabulary */
export function makeTokenizer(need: TokenizerNeed, sideFiles: readonly SideFile[]): MadeTokenizer {
  const files = sideFiles.map(readTokenizerFile)
  const made = make(need, files)
  const largest = made.largestId
  if (largest >= need.vocabulary)
    refuse('tokenizer-file', made.from, `its ids reach ${largest}; the model knows ${need.vocabulary}`)
  return made
}

/**
 * CLIP's tokenizer, beside another one: of the merges that are not the transformer's (they are far longer), or of
 * those of the pair that fits. Of two YouTokenToMe models ruCLIP's is the larger.
 * @throws Refusal `tokenizer-file`
 */
export function makeClipTokenizer(
  { tokenizer, description: { textVocabulary: vocabulary } }: Pick<ClipPart, 'tokenizer' | 'description'>,
  sideFiles: readonly SideFile[],
): MadeTokenizer {
  const need: TokenizerNeed = { kind: tokenizer, vocabulary, isLowercase: true }
  if (tokenizer === 'youtokentome') return makeTokenizer(need, sideFiles)
  const needed = vocabulary - 2 * 256 - 2
  const files = sideFiles.map(readTokenizerFile)
  const ready = readyOfSize(files, vocabulary)
  if (ready !== undefined) {
    const tables = bpeTablesOf(ready)
    return describe(clipBpe(tables), tables, ready.name)
  }
  const fitting = files.filter((file) => file.kind === 'merges' && file.merges.length >= needed)
  if (fitting.length === 0)
    refuse(
      'tokenizer-file',
      'CLIP',
      `give also its tokenizer.json, or its merges: bpe_simple_vocab_16e6.txt or merges.txt (at least ${needed})`,
    )
  return make(need, fitting)
}

function make(need: TokenizerNeed, files: readonly TokenizerFile[]): MadeTokenizer & { largestId: number } {
  switch (need.kind) {
    case 'char-bpe': {
      const { tables, from } = pair(files, need)
      return describe(charBpe(tables), tables, from)
    }
    case 'byte-bpe': {
      const { tables, from } = pair(files, need)
      return describe(byteBpe(tables), tables, from)
    }
    case 'clip-bpe': {
      const merges = find(files, 'merges', need)
      const tables = clipTables(merges.merges, need.vocabulary)
      return describe(clipBpe(tables), tables, merges.name)
    }
    case 'any':
      return makeAny(need, files)
    case 'youtokentome': {
      const file = largestFitting(files, need)
      return describe(yttmBpe(file.tables), file.tables, file.name)
    }
  }
}

/** Of several YouTokenToMe models (a transformer's and its CLIP's) the largest whose ids the model knows. */
function largestFitting(files: readonly TokenizerFile[], need: TokenizerNeed): FileOf<'youtokentome'> {
  const models = files.filter((file) => file.kind === 'youtokentome')
  const sizeOf = ({ tables }: FileOf<'youtokentome'>): number =>
    [...tables.vocabulary.values()].reduce((largest, id) => Math.max(largest, id + 1), 0)
  const [best] = models.filter((file) => sizeOf(file) <= need.vocabulary).toSorted((a, b) => sizeOf(b) - sizeOf(a))
  return best ?? find(files, 'youtokentome', need)
}

/** DALLE-pytorch does not record which tokenizer it was trained with: what is given is taken, when it fits. */
function makeAny(need: TokenizerNeed, files: readonly TokenizerFile[]): MadeTokenizer & { largestId: number } {
  // A CLIP that comes along may have one too, which is of another size.
  const ready = readyOfSize(files, need.vocabulary) ?? files.find((file) => file.kind === 'tokenizer.json')
  if (ready !== undefined) {
    const vocabulary = vocabularyOf(ready.json)
    return describe(
      { ...ready.json, post_processor: null, truncation: null, padding: null },
      { vocabulary, merges: [] },
      ready.name,
    )
  }
  if (files.some((file) => file.kind === 'youtokentome')) return make({ ...need, kind: 'youtokentome' }, files)
  if (files.some((file) => file.kind === 'vocabulary')) return make({ ...need, kind: 'byte-bpe' }, files)
  return make({ ...need, kind: 'clip-bpe' }, files)
}

/** The `tokenizer.json` with exactly so many tokens. */
function readyOfSize(files: readonly TokenizerFile[], size: number): FileOf<'tokenizer.json'> | undefined {
  return files.find(
    (file): file is FileOf<'tokenizer.json'> => file.kind === 'tokenizer.json' && vocabularyOf(file.json).size === size,
  )
}

/** Of a BPE: merges are written `"a b"` or, by newer versions, `["a", "b"]`. */
function bpeTablesOf({ name, json }: FileOf<'tokenizer.json'>): BpeTables {
  const vocabulary = vocabularyOf(json)
  const { merges: listed } = (json as { model: { merges?: unknown } }).model
  const merges = (Array.isArray(listed) ? (listed as unknown[]) : []).map((merge): readonly [string, string] => {
    const halves: unknown = typeof merge === 'string' ? merge.split(' ') : merge
    const [left, right, ...rest] = Array.isArray(halves) ? (halves as unknown[]) : []
    if (typeof left !== 'string' || typeof right !== 'string' || rest.length > 0)
      return refuse('tokenizer-file', name, 'it has a merge that is not two tokens')
    if (!vocabulary.has(left + right))
      return refuse('tokenizer-file', name, `the merge of ${left} and ${right} is not in its vocabulary`)
    return [left, right]
  })
  if (merges.length === 0) refuse('tokenizer-file', name, 'it has no merges; CLIP has a byte-pair encoder')
  return { vocabulary, merges }
}

function vocabularyOf(json: object): Map<string, number> {
  const { model } = json as { model?: { vocab?: unknown } }
  const vocab = model?.vocab
  if (typeof vocab !== 'object' || vocab === null)
    return refuse('tokenizer-file', 'tokenizer.json', 'it has no vocabulary')
  return new Map(Object.entries(vocab).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}

/** Of several lists of merges the one whose results are all in the vocabulary. */
function fittingMerges(files: readonly TokenizerFile[], vocabulary: ReadonlyMap<string, number>, need: TokenizerNeed) {
  const lists = files.filter((file) => file.kind === 'merges')
  const fits = lists.find(({ merges }) => merges.every(([left, right]) => vocabulary.has(left + right)))
  return fits ?? find(files, 'merges', need)
}

function find<K extends TokenizerFile['kind']>(
  files: readonly TokenizerFile[],
  kind: K,
  need: TokenizerNeed,
): FileOf<K> {
  const found = files.find((file): file is FileOf<K> => file.kind === kind)
  const wanted: Record<TokenizerNeed['kind'], string> = {
    'char-bpe': 'its vocabulary (JSON) and merges (text)',
    'byte-bpe': 'its vocabulary (JSON) and merges (text)',
    'clip-bpe': 'the merges of CLIP, bpe_simple_vocab_16e6.txt',
    youtokentome: 'its YouTokenToMe model, bpe.model',
    any: 'its tokenizer',
  }
  return found ?? refuse('tokenizer-file', 'tokenizer', `give also ${wanted[need.kind]}`)
}

function pair(files: readonly TokenizerFile[], need: TokenizerNeed): { tables: BpeTables; from: string } {
  // A CLIP that comes along may bring its vocabulary too, which is the larger one.
  const fitting = files.find(
    (file): file is FileOf<'vocabulary'> => file.kind === 'vocabulary' && file.vocabulary.size <= need.vocabulary,
  )
  const vocabulary = fitting ?? find(files, 'vocabulary', need)
  const merges = fittingMerges(files, vocabulary.vocabulary, need)
  const tables = { vocabulary: vocabulary.vocabulary, merges: merges.merges }
  for (const [left, right] of tables.merges)
    if (!tables.vocabulary.has(left + right))
      refuse('tokenizer-file', merges.name, `the merge of ${left} and ${right} is not in ${vocabulary.name}`)
  return { tables, from: `${vocabulary.name}, ${merges.name}` }
}

function describe(json: object, { vocabulary }: BpeTables, from: string): MadeTokenizer & { largestId: number } {
  let largestId = 0
  for (const id of vocabulary.values()) largestId = Math.max(largestId, id)
  return { bytes: Buffer.from(JSON.stringify(json)), idOf: (token) => vocabulary.get(token), from, largestId }
}

function tokenizerJson(
  tables: BpeTables,
  parts: {
    readonly preTokenizer: object
    readonly normalizer?: object
    readonly unknown?: string
    readonly suffix?: string
    readonly isUnknownFused?: boolean
  },
): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: parts.normalizer ?? null,
    pre_tokenizer: parts.preTokenizer,
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: parts.unknown ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: parts.suffix ?? null,
      fuse_unk: parts.isUnknownFused ?? false,
      byte_fallback: false,
      vocab: Object.fromEntries(tables.vocabulary),
      merges: tables.merges.map(([left, right]) => `${left} ${right}`),
    },
  }
}

/**
 * `CharBPETokenizer` of Hugging Face: control characters out, Chinese ones apart, words and punctuation apart, `</w>` at the end of a
 * word. Lower case is the engine's affair, so accents stay as they are.
 */
function charBpe(tables: BpeTables): object {
  const unknown = ['[UNK]', '<unk>'].find((token) => tables.vocabulary.has(token))
  const normalizer = { type: 'BertNormalizer', ...bertNormalizer }
  return tokenizerJson(tables, { normalizer, preTokenizer: { type: 'BertPreTokenizer' }, unknown, suffix: '</w>' })
}

const bertNormalizer = { clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: false } as const

/** GPT-2's bytes, a blank in front of every word. */
function byteBpe(tables: BpeTables): object {
  const preTokenizer = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }
  return tokenizerJson(tables, { preTokenizer })
}

function yttmBpe(tables: YttmTables): object {
  const vocabulary = new Map(tables.vocabulary)
  const { unk, pad, bos, eos } = tables.specials
  for (const [token, id] of Object.entries({ '<UNK>': unk, '<PAD>': pad, '<BOS>': bos, '<EOS>': eos }))
    if (id >= 0) vocabulary.set(token, id)
  const preTokenizer = {
    type: 'Sequence',
    pretokenizers: [
      { type: 'WhitespaceSplit' },
      { type: 'Metaspace', replacement: '\u2581', add_prefix_space: true, prepend_scheme: 'always', split: false },
    ],
  }
  return tokenizerJson({ ...tables, vocabulary }, { preTokenizer, unknown: '<UNK>', isUnknownFused: true })
}

/** The pattern of CLIP's tokenizer, one of those a pack may use. */
const clipPattern =
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"

function clipBpe(tables: BpeTables): object {
  return tokenizerJson(tables, {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    preTokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: clipPattern }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    unknown: '<|endoftext|>',
    suffix: '</w>',
  })
}

/** CLIP publishes merges only: bytes, bytes at word ends, merges, two marks. The list is longer than the vocabulary. */
function clipTables(merges: BpeTables['merges'], size: number): BpeTables {
  const symbols = byteSymbols()
  const kept = merges.slice(0, size - 2 * symbols.length - 2)
  const words = [
    ...symbols,
    ...symbols.map((symbol) => `${symbol}</w>`),
    ...kept.map((halves) => halves.join('')),
    '<|startoftext|>',
    '<|endoftext|>',
  ]
  return { vocabulary: new Map(words.map((word, id) => [word, id])), merges: kept }
}

/** GPT-2's printable stand-ins for bytes, in its own order: the printable ones first. */
function byteSymbols(): string[] {
  const isPrintable = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const others = bytes.filter((byte) => !isPrintable(byte))
  return [
    ...bytes.filter(isPrintable).map((byte) => String.fromCodePoint(byte)),
    ...others.map((_, index) => String.fromCodePoint(256 + index)),
  ]
}
