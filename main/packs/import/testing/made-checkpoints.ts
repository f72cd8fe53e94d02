import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { dictOf, program, tensorCode, type PickleCode } from '../hostile/pickle-maker.ts'
import { makeZip, torchMembers } from '../hostile/zip-maker.ts'

/** Shapes by name; a bias or norm is a vector. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** A zip checkpoint of `torch.save({'state_dict': …})` with small seeded numbers, without Python. */
export function madeTorchFile(shapes: Shapes, seed = 1): Buffer {
  const entries: Record<string, PickleCode> = {}
  const storages: Record<string, Uint8Array> = {}
  Object.entries(shapes).forEach(([name, shape], index) => {
    const count = shape.reduce((product, size) => product * size, 1)
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
    entries[name] = tensorCode({ key: String(index), count, shape, strides })
    storages[index] = new Uint8Array(madeValues(count, seed + index).buffer)
  })
  return makeZip(torchMembers(program(dictOf({ state_dict: dictOf(entries) })), storages))
}

/** xorshift32, in ±0.1. */
export function madeValues(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761) >>> 0 || 1
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) / 2 ** 32 - 0.5) / 5
  })
}

const width = 64
const textLength = 6
export const madeWords = ['[UNK]', '[PAD]', ...'abcdef', ...[...'abcdef'].map((letter) => `${letter}</w>`), 'ab</w>']

/** minDALL-E, as small as it can be. */
export function minDallEShapes(codes = 32, cells = 16): Shapes {
  const shapes: Record<string, readonly number[]> = {
    'tok_emb_img.weight': [codes, width],
    'tok_emb_txt.weight': [madeWords.length, width],
    'pos_emb_img.weight': [cells, width],
    'pos_emb_txt.weight': [textLength, width],
    'ln_f.weight': [width],
    'ln_f.bias': [width],
    'head_img.weight': [codes, width],
    'head_txt.weight': [madeWords.length, width],
  }
  for (const norm of ['ln1', 'ln2']) for (const part of ['weight', 'bias']) shapes[`blocks.0.${norm}.${part}`] = [width]
  for (const part of ['key', 'query', 'value', 'proj']) {
    shapes[`blocks.0.attn.${part}.weight`] = [width, width]
    shapes[`blocks.0.attn.${part}.bias`] = [width]
  }
  shapes['blocks.0.mlp.0.weight'] = [2 * width, width]
  shapes['blocks.0.mlp.0.bias'] = [2 * width]
  shapes['blocks.0.mlp.2.weight'] = [width, 2 * width]
  shapes['blocks.0.mlp.2.bias'] = [width]
  return shapes
}

/** A VQGAN decoder of one level: a picture is as large as its grid. */
export function vqganShapes(codes = 32): Shapes {
  const shapes: Record<string, readonly number[]> = { 'quantize.embedding.weight': [codes, 4] }
  const layer = (name: string, ...dims: number[]): void => {
    shapes[`${name}.weight`] = dims
    shapes[`${name}.bias`] = dims.slice(0, 1)
  }
  const block = (name: string): void => {
    for (const index of [1, 2]) {
      layer(`${name}.norm${index}`, 32)
      layer(`${name}.conv${index}`, 32, 32, 3, 3)
    }
  }
  layer('post_quant_conv', 4, 4, 1, 1)
  layer('decoder.conv_in', 32, 4, 3, 3)
  block('decoder.mid.block_1')
  layer('decoder.mid.attn_1.norm', 32)
  for (const part of ['q', 'k', 'v', 'proj_out']) layer(`decoder.mid.attn_1.${part}`, 32, 32, 1, 1)
  block('decoder.mid.block_2')
  block('decoder.up.0.block.0')
  layer('decoder.norm_out', 32)
  layer('decoder.conv_out', 3, 32, 3, 3)
  return shapes
}

/** The four files of a minDALL-E-shaped model. @returns their paths */
export async function writeMadeModel(
  folder: string,
  change: (shapes: Shapes) => Shapes = (shapes) => shapes,
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const vocabulary = Object.fromEntries(madeWords.map((word, id) => [word, id]))
  const files = {
    'stage2_last.ckpt': madeTorchFile(change(minDallEShapes()), 1),
    'stage1_last.ckpt': madeTorchFile(vqganShapes(), 100),
    'bpe-16k-vocab.json': JSON.stringify(vocabulary),
    'bpe-16k-merges.txt': '#version: 0.2\na b</w>\n',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return Object.keys(files).map((name) => join(folder, name))
}
