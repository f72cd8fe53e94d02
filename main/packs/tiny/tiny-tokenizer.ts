/** Ids 0–2 are pad, bos and eos; 256 byte symbols and the merges follow. */
const specials = ['<pad>', '<bos>', '<eos>'] as const
const merges = [
  ['t', 'h'],
  ['th', 'e'],
  ['r', 'e'],
  ['re', 'd'],
  ['Ġ', 'a'],
  ['Ġ', 'the'],
  ['Ġ', 'red'],
  ['a', 'n'],
] as const

/** Size of the vocabulary: every id of the tokenizer is below it. */
export const tinyVocabulary = specials.length + 256 + merges.length

/** A byte-level BPE tokenizer in Hugging Face's tokenizer.json: any text has ids, a few words have short ones. */
export function tinyTokenizerJson(): Uint8Array {
  const tokens = [...specials, ...byteSymbols(), ...merges.map((pair) => pair.join(''))]
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((pair) => pair.join(' ')),
    },
  }
  return Buffer.from(JSON.stringify(json))
}

/** GPT-2's printable stand-ins for the 256 bytes, in byte order. */
function byteSymbols(): string[] {
  const isPrintable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
  let shifted = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : shifted++))
}
