import { describe, expect, it } from 'vitest'

import { PromptTokenizer } from './prompt-tokenizer.ts'

/** A BPE over letters with two merges, in the Hugging Face format. */
const json = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: null,
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: '<unk>',
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    vocab: { '<unk>': 0, '▁': 1, a: 2, b: 3, c: 4, ab: 5, '▁ab': 6 },
    merges: [
      ['a', 'b'],
      ['▁', 'ab'],
    ],
  },
}

describe('PromptTokenizer', () => {
  const tokenizer = new PromptTokenizer(json, { lowercase: true, limit: 3 })

  it('lower-cases and merges', () => {
    expect(tokenizer.idsOf('AB c')).toEqual([6, 1, 4])
    expect(tokenizer.describe('AB c')).toEqual({ count: 3, limit: 3, tokens: ['▁ab', '▁', 'c'], kept: 'AB c' })
  })

  it('says what is cut off, in the spelling of the prompt', () => {
    expect(tokenizer.describe('AB Cb ab')).toEqual({ count: 5, limit: 3, tokens: ['▁ab', '▁', 'c'], kept: 'AB C' })
  })

  it('gives unknown characters the unknown id', () => {
    expect(tokenizer.idsOf('ab é')).toEqual([6, 1, 0])
  })

  it('names a file that is not a tokenizer', () => {
    expect(() => new PromptTokenizer({ model: { type: 'Nope' } }, { lowercase: true, limit: 3 })).toThrow(
      'tokenizer.json cannot be used',
    )
  })
})
