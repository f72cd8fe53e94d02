import { expect, test } from 'vitest'

import { PromptTokenizer } from '#app/kernels/prompt-tokenizer.ts'

import type { SideFile } from '../readers/open-checkpoint.ts'

import { makeClipTokenizer, makeTokenizer } from './tokenizer-json.ts'

const json = (name: string, value: object): SideFile => ({
  name,
  kind: 'json',
  bytes: Buffer.from(JSON.stringify(value)),
})
const text = (name: string, lines: readonly string[]): SideFile => ({
  name,
  kind: 'text',
  bytes: Buffer.from(`${lines.join('\n')}\n`),
})
const tokenizerOf = ({ bytes }: { readonly bytes: Uint8Array }) =>
  new PromptTokenizer(JSON.parse(Buffer.from(bytes).toString()) as object, { lowercase: true, limit: 32 })

test('minDALL-E: control characters go, Chinese ones stand apart, accents stay', () => {
  const words = ['[UNK]', '[PAD]', 'a', 'b</w>', 'a</w>', 'é</w>', '猫</w>', '狗</w>', ',</w>', 'ab</w>']
  const files = [
    json('vocab.json', Object.fromEntries(words.map((word, id) => [word, id]))),
    text('merges.txt', ['#version: 0.2', 'a b</w>']),
  ]
  const tokenizer = tokenizerOf(makeTokenizer({ kind: 'char-bpe', vocabulary: 10, isLowercase: true }, files))
  const idsOf = (prompt: string) => tokenizer.idsOf(prompt).map((id) => words[id])
  expect(idsOf('A\u0000\u200Bb\u007F, é\ta\u00A0猫狗a')).toEqual([
    'ab</w>',
    ',</w>',
    'é</w>',
    'a</w>',
    '猫</w>',
    '狗</w>',
    'a</w>',
  ])
})

/** YouTokenToMe: the blank and letters from id 4 on, rules behind them. */
const yttm = (name: string, letters: string): SideFile =>
  text(name, [
    `${letters.length} 0`,
    ...[...letters].map((letter, at) => `${letter.codePointAt(0)} ${at + 4}`),
    '1 0 2 3',
  ])

test('of two YouTokenToMe models ruCLIP takes the larger, ruDALL-E the one it knows', () => {
  const files = [yttm('ruclip/bpe.model', '\u2581абвгд'), yttm('bpe.model', '\u2581вба')]
  const description = { textVocabulary: 10 } as Parameters<typeof makeClipTokenizer>[0]['description']
  const clip = makeClipTokenizer({ tokenizer: 'youtokentome', description }, files)
  const rudalle = makeTokenizer({ kind: 'youtokentome', vocabulary: 8, isLowercase: true }, files)
  expect([clip.from, rudalle.from]).toEqual(['ruclip/bpe.model', 'bpe.model'])
  expect([tokenizerOf(clip).idsOf('а'), tokenizerOf(rudalle).idsOf('а')]).toEqual([
    [4, 5],
    [4, 7],
  ])
})
