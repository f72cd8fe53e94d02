import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import type { PackManifest } from '#app/domain/pack.ts'

import { parseStrictJson } from '../strict-json.ts'

export const maxTokenizerBytes = 32 * 2 ** 20
const maxDepth = 12
const maxTokens = 262_144
const maxMerges = 1_000_000
const maxTokenLength = 512

/** Regular expressions run on every prompt, so a pack may only choose among known ones: those of GPT-2 and of CLIP. */
const knownPatterns = [
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
  '\\s+',
] as const

const token = z.string().min(1).max(maxTokenLength)
const id = z.number().int().min(0).max(maxTokens)
const pattern = z.union([
  z.strictObject({ String: z.string().min(1).max(16) }),
  z.strictObject({ Regex: z.enum(knownPatterns) }),
])

const plainNormalizer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('NFC') }),
  z.strictObject({ type: z.literal('NFD') }),
  z.strictObject({ type: z.literal('NFKC') }),
  z.strictObject({ type: z.literal('NFKD') }),
  z.strictObject({ type: z.literal('Lowercase') }),
  z.strictObject({ type: z.literal('StripAccents') }),
  z.strictObject({ type: z.literal('Strip'), strip_left: z.boolean(), strip_right: z.boolean() }),
  z.strictObject({ type: z.literal('Replace'), pattern, content: z.string().max(16) }),
  z.strictObject({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullable(),
    lowercase: z.boolean(),
  }),
  z.strictObject({ type: z.literal('Prepend'), prepend: z.string().max(16) }),
])
const normalizer = z.union([
  plainNormalizer,
  z.strictObject({ type: z.literal('Sequence'), normalizers: z.array(plainNormalizer).max(16) }),
])

const plainPreTokenizer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Whitespace') }),
  z.strictObject({ type: z.literal('WhitespaceSplit') }),
  z.strictObject({ type: z.literal('BertPreTokenizer') }),
  z.strictObject({ type: z.literal('Digits'), individual_digits: z.boolean() }),
  z.strictObject({ type: z.literal('Punctuation'), behavior: z.string().max(32).optional() }),
  z.strictObject({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.boolean(),
    trim_offsets: z.boolean().optional(),
    use_regex: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('Metaspace'),
    replacement: z.string().max(4),
    add_prefix_space: z.boolean().optional(),
    prepend_scheme: z.enum(['first', 'never', 'always']).optional(),
    split: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('Split'), pattern, behavior: z.string().max(32), invert: z.boolean() }),
])
const preTokenizer = z.union([
  plainPreTokenizer,
  z.strictObject({ type: z.literal('Sequence'), pretokenizers: z.array(plainPreTokenizer).max(16) }),
])

const addedToken = z.strictObject({
  id,
  content: token,
  single_word: z.boolean(),
  lstrip: z.boolean(),
  rstrip: z.boolean(),
  normalized: z.boolean(),
  special: z.boolean(),
})

const tokenizerSchema = z.strictObject({
  version: z.string().max(16).optional(),
  truncation: z.null().optional(),
  padding: z.null().optional(),
  added_tokens: z.array(addedToken).max(1024),
  normalizer: normalizer.nullable(),
  pre_tokenizer: preTokenizer.nullable(),
  /** The engine frames texts itself, by pack.json. */
  post_processor: z.null(),
  /** Easel never turns ids back into text. */
  decoder: z.unknown(),
  model: z.strictObject({
    type: z.literal('BPE'),
    dropout: z.null().optional(),
    unk_token: token.nullable().optional(),
    continuing_subword_prefix: z.string().max(16).nullable().optional(),
    end_of_word_suffix: z.string().max(16).nullable().optional(),
    fuse_unk: z.boolean().optional(),
    byte_fallback: z.boolean().optional(),
    ignore_merges: z.boolean().optional(),
    vocab: z.record(z.string().max(maxTokenLength), id),
    merges: z.array(z.union([z.string().max(2 * maxTokenLength + 1), z.tuple([token, token])])).max(maxMerges),
  }),
})

/** Checks tokenizer.json of a pack, a byte-pair encoder in Hugging Face's format. Throws `packInvalid`. */
export function checkTokenizer(subject: string, bytes: Uint8Array, manifest: PackManifest): void {
  const result = tokenizerSchema.safeParse(parseStrictJson(bytes, { subject, maxDepth }))
  if (!result.success) throw new StudioError('packInvalid', `${subject}: ${z.prettifyError(result.error)}`)
  const { added_tokens: added, model } = result.data
  const ids = Object.values(model.vocab)
  if (new Set(ids).size !== ids.length) throw new StudioError('packInvalid', `${subject}: two tokens share an id.`)
  const largest = [...ids, ...added.map((entry) => entry.id)].reduce((a, b) => Math.max(a, b), 0)
  if (largest >= manifest.text.vocabulary) {
    const allowed = `pack.json allows ${manifest.text.vocabulary} tokens`
    throw new StudioError('packInvalid', `${subject}: the id ${largest} is too large; ${allowed}.`)
  }
}
