import { rm } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  decodeGreedily,
  drawCodes,
  encodePixels,
  importFixture,
  isTorchInstalled,
  largestDifference,
  writeFixtures,
  type ImportedCheckpoint,
} from './import-fixture.ts'

const families = [
  { family: 'min-dall-e', files: ['1.3B.tar.gz'], parts: ['taming-vqgan', 'min-dall-e'] },
  {
    family: 'rudalle-v2',
    files: ['pytorch_model_v2.bin', 'vqgan.gumbelf8-sber.model.ckpt', 'bpe.model'],
    parts: ['taming-gumbel-vqgan', 'rudalle-v2'],
  },
  {
    family: 'rudalle-v3',
    files: ['pytorch_model_v3.bin', 'vqgan.gumbelf8-sber.model.ckpt', 'bpe.model'],
    parts: ['taming-gumbel-vqgan', 'rudalle-v3'],
  },
  {
    family: 'min-dalle',
    files: ['encoder_mini.pt', 'decoder_mini.pt', 'detoker.pt', 'vocab.json', 'merges.txt'],
    parts: ['min-dalle-detokenizer', 'dalle-mini'],
  },
  {
    family: 'dalle-mini-flax',
    files: ['flax_model.msgpack', 'vqgan.msgpack', 'vocab.json', 'merges.txt'],
    parts: ['dalle-mini-vqgan', 'dalle-mini'],
  },
  {
    family: 'dalle-pytorch-2021',
    files: ['dalle.pt', 'vocab.json', 'merges.txt'],
    parts: ['dalle-pytorch', 'openai-dvae'],
  },
  {
    family: 'dalle-pytorch',
    files: ['dalle.pt', 'vocab.json', 'merges.txt'],
    parts: ['dalle-pytorch', 'taming-vqgan'],
  },
  {
    family: 'dalle-pytorch-own-vae',
    files: ['dalle.pt', 'vocab.json', 'merges.txt'],
    parts: ['dalle-pytorch', 'discrete-vae'],
  },
  {
    family: 'dalle-pytorch-rotary',
    files: ['dalle.pt', 'vocab.json', 'merges.txt'],
    parts: ['dalle-pytorch', 'discrete-vae'],
  },
  {
    family: 'dalle-pytorch-shifted-2021',
    files: ['dalle.pt', 'vocab.json', 'merges.txt'],
    parts: ['dalle-pytorch', 'openai-dvae'],
  },
  {
    family: 'dalle-pytorch-shifted',
    files: ['dalle.pt', 'vocab.json', 'merges.txt'],
    parts: ['dalle-pytorch', 'discrete-vae'],
  },
  {
    family: 'dalle-pytorch-reversible',
    files: ['dalle.pt', 'vocab.json', 'merges.txt'],
    parts: ['dalle-pytorch', 'discrete-vae'],
  },
]

let root: string
beforeAll(async () => {
  if (isTorchInstalled) root = await writeFixtures(families.map(({ family }) => family))
}, 60_000)
afterAll(async () => {
  if (isTorchInstalled) await rm(root, { recursive: true })
})

describe.runIf(isTorchInstalled).each(families)('a $family checkpoint', ({ family, files, parts }) => {
  let imported: ImportedCheckpoint
  beforeAll(async () => {
    imported = await importFixture(root, family, files)
  }, 60_000)
  afterAll(() => imported.close())

  it('is recognised, with no tensor missing and none left over', () => {
    expect(imported.parts.map((part) => part.family)).toEqual(parts)
    for (const { plan } of imported.parts)
      expect({ missing: plan.missing, extra: plan.extra }).toEqual({ missing: [], extra: [] })
  })

  it('reads the caption as its own tokenizer does', () => {
    expect(imported.pack.tokenizer.idsOf(imported.answer.prompt)).toEqual(imported.answer.caption)
  })

  it('gives the logits and greedy tokens of PyTorch', async () => {
    const { tokens, logits } = await decodeGreedily(imported.pack, imported.answer.caption)
    expect(tokens).toEqual(imported.answer.tokens)
    expect(largestDifference(logits.flat(), imported.answer.logits.flat())).toBeLessThan(1e-3)
  })

  it('gives the pixels of PyTorch, rounded to bytes', async () => {
    const pixels = await drawCodes(imported.pack, imported.answer.tokens)
    const expected = imported.answer.pixels.flat(2).map((value) => value * 255)
    expect(largestDifference(pixels, expected)).toBeLessThan(0.5 + 255e-3)
  })

  it('encodes those pixels to the codes of PyTorch, but for ties that rounding to bytes decides', async () => {
    expect(imported.pack.has('vaeEncoder')).toBe(imported.answer.codes !== undefined)
    if (imported.answer.codes === undefined) return
    const codes = await encodePixels(imported.pack, imported.answer.pixels)
    const expected = imported.answer.codes.flat()
    const equal = codes.filter((code, cell) => code === expected[cell]).length
    expect(codes).toHaveLength(expected.length)
    expect(equal).toBeGreaterThanOrEqual(Math.floor(0.9 * expected.length))
  })
})
