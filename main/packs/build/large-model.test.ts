import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import type { PackManifest } from '#app/domain/pack.ts'

import { tinyWeights } from '../tiny/tiny-weights.ts'
import { validatePack } from '../validate/validate-pack.ts'

import { buildPack } from './build-pack.ts'

/** As if protobuf ended here: the tiny transformer is larger. */
const maxModelBytes = 40_000
const model = 'transformer.int8.onnx'
const weights = `${model}.data`
let folder: string
let manifest: PackManifest

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'easel-large-')), 'pack')
  manifest = await buildPack(tinyWeights(), folder, { maxModelBytes })
})
afterEach(() => rm(join(folder, '..'), { recursive: true }))

/** Puts other bytes in the place of a file, with the hash that belongs to them. */
async function replace(file: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = change(await readFile(join(folder, file)))
  await writeFile(join(folder, file), bytes)
  const listed = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  manifest = { ...manifest, files: { ...manifest.files, [file]: listed } }
  await writeFile(join(folder, 'pack.json'), JSON.stringify(manifest))
}

const swapped = (bytes: Buffer, from: string, to: string): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')

test('a model past the limit keeps its weights in a file beside it, and the pack is whole', async () => {
  expect(Object.keys(manifest.sessions.transformer)).toEqual(['int8'])
  expect((await validatePack(folder)).manifest).toEqual(manifest)
  expect(manifest.files[weights]?.bytes).toBeGreaterThan(manifest.files[model]?.bytes ?? 0)
})

test.each([
  ['a rest behind the weights', weights, (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]), 'are used'],
  ['fewer weights than are named', weights, (bytes: Buffer) => bytes.subarray(1), 'are used'],
  ['another file', model, (bytes: Buffer) => swapped(bytes, weights, `/${weights.slice(1)}`), 'and nothing else'],
  ['a path upwards', model, (bytes: Buffer) => swapped(bytes, weights, `../${weights.slice(3)}`), 'and nothing else'],
  [
    'another place in the file',
    model,
    (bytes: Buffer) => swapped(bytes, 'offset\u0012\u00010', 'offset\u0012\u00011'),
    'at 0 of',
  ],
])('refused: %s', async (_, file, change, message) => {
  await replace(file, change)
  await expect(validatePack(folder)).rejects.toMatchObject({
    code: 'packInvalid',
    message: expect.stringContaining(message) as unknown,
  })
})

test('a damaged byte of the weights is found', async () => {
  const bytes = await readFile(join(folder, weights))
  bytes[100] = (bytes[100] ?? 0) ^ 1
  await writeFile(join(folder, weights), bytes)
  await expect(validatePack(folder)).rejects.toMatchObject({
    message: `${weights}: its sha256 is not the listed one.`,
  })
})
