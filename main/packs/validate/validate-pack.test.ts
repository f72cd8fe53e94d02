import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, link, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import type { PackManifest } from '#app/domain/pack.ts'

import { GraphBuilder } from '../onnx/graph-builder.ts'
import { makeTinyPack } from '../tiny/make-tiny-pack.ts'

import { validatePack } from './validate-pack.ts'

let base: string
let good: string
let manifest: PackManifest
let folder: string

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-validate-'))
  good = join(base, 'good')
  manifest = await makeTinyPack(good)
})
afterAll(() => rm(base, { recursive: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(base, 'pack-'))
  await cp(good, folder, { recursive: true })
})

const refusal = (message: string) => ({ code: 'packInvalid', message: expect.stringContaining(message) as unknown })
const path = (file: string) => join(folder, file)
const writeManifest = (changed: object) => writeFile(path('pack.json'), JSON.stringify({ ...manifest, ...changed }))

/** Puts a file in and lists it with its true size and hash: what an attacker who makes packs can do. */
async function plant(file: string, content: string | Uint8Array, changed: object = {}): Promise<void> {
  await writeFile(path(file), content)
  const bytes = Buffer.byteLength(content)
  const sha256 = createHash('sha256').update(content).digest('hex')
  await writeManifest({ files: { ...manifest.files, [file]: { sha256, bytes } }, ...changed })
}

async function plantTokenizer(change: (json: Record<string, unknown>) => object): Promise<void> {
  const json = JSON.parse(await readFile(path('tokenizer.json'), 'utf8')) as Record<string, unknown>
  await plant('tokenizer.json', JSON.stringify({ ...json, ...change(json) }))
}

test('the tiny pack is valid', async () => {
  const pack = await validatePack(folder)
  const sha256 = createHash('sha256')
    .update(await readFile(path('pack.json')))
    .digest('hex')
  expect({ manifest: pack.manifest, sha256: pack.sha256 }).toEqual({ manifest, sha256 })
})

test.each<[string, () => Promise<unknown>, string]>([
  ['no manifest', () => rm(path('pack.json')), 'pack.json: missing'],
  ['a linked manifest', () => symlinked('pack.json'), 'a symbolic link'],
  ['manifest not JSON', () => writeFile(path('pack.json'), '{'), 'not valid JSON'],
  ['huge manifest', () => writeFile(path('pack.json'), Buffer.alloc(2 ** 20 + 1)), 'at most 1048576'],
  ['a key twice', () => writeFile(path('pack.json'), '{"id":"a","id":"b"}'), 'names a key twice'],
  ['deep manifest', () => writeFile(path('pack.json'), '['.repeat(100_000)), 'nested deeper than 8 levels'],
  ['unknown schema', () => writeManifest({ schemaVersion: 2 }), 'schemaVersion'],
  ['unknown key', () => writeManifest({ script: 'x' }), '"script"'],
  ['path as id', () => writeManifest({ id: '../evil' }), 'id'],
  ['path as file', () => writeManifest({ tokenizer: '../../etc/passwd' }), 'tokenizer'],
  ['file not listed', () => writeManifest({ tokenizer: 'other.json' }), 'other.json is used but not listed'],
  ['one file, two uses', () => writeManifest({ golden: 'tokenizer.json' }), 'tokenizer.json has two uses'],
  ['a file without use', () => plant('payload.bin', 'x'), 'payload.bin is listed but has no use'],
  ['names that differ in case', () => plant('TOKENIZER.json', 'x'), 'upper and lower case'],
  [
    'layers without a layout',
    () => writeManifest({ transformer: { ...manifest.transformer, layers: 3 } }),
    '2 layers of 3',
  ],
  ['ids that overlap', () => writeManifest({ image: { ...manifest.image, firstId: 5 } }), 'text ids reach'],
  [
    'nothing but a palette',
    () => writeManifest({ image: { ...manifest.image, paletteRows: 4, paletteLevels: 8 } }),
    'it must be below image.rows, 4',
  ],
  [
    'a palette without levels',
    () => writeManifest({ image: { ...manifest.image, paletteRows: 1 } }),
    'needs paletteRows and paletteLevels, or neither',
  ],
  ['bos out of range', () => writeManifest({ text: { ...manifest.text, bos: 9999 } }), 'below the text vocabulary'],
  ['half a CLIP', () => writeManifest({ clip: undefined }), 'CLIP needs'],
  ['a missing file', () => rm(path('clip-text.onnx')), 'clip-text.onnx: missing'],
  ['a file more', () => writeFile(path('payload.so'), 'x'), 'payload.so: in the folder, but not listed'],
  ['a hidden file', () => writeFile(path('.payload'), 'x'), '.payload: in the folder'],
  ['a folder more', () => mkdir(path('more')), 'more: in the folder'],
  ['a folder for a file', () => replaced('vae-decoder.onnx', (file) => mkdir(file)), 'not a regular file'],
  ['a linked file', () => symlinked('vae-decoder.onnx'), 'not a regular file'],
  [
    'a pipe',
    () => replaced('vae-decoder.onnx', (file) => Promise.resolve(execFileSync('mkfifo', [file]))),
    'not a regular',
  ],
  ['a longer file', () => writeFile(path('vae-decoder.onnx'), 'x', { flag: 'a' }), 'where pack.json lists'],
  ['a flipped bit', () => flipBit('vae-decoder.onnx'), 'its sha256 is not the listed one'],
  ['another model', () => cp(path('clip-text.onnx'), path('clip-image.onnx')), 'clip-image.onnx:'],
  ['a model that is not one', () => plant('vae-decoder.onnx', 'not a model'), 'vae-decoder.onnx: '],
  ['a model for something else', () => plant('vae-decoder.onnx', identity('x')), 'the input "codes" is missing'],
  [
    'an input of another type',
    () => plant('vae-decoder.onnx', identity('codes')),
    'the input "codes" is float32 [n], not',
  ],
  ['a regular expression', () => plantTokenizer(() => ({ pre_tokenizer: split('(a+)+$') })), 'pre_tokenizer'],
  ['a post-processor', () => plantTokenizer(() => ({ post_processor: { type: 'ByteLevel' } })), 'post_processor'],
  ['another model of words', () => plantTokenizer(() => ({ model: { type: 'Unigram' } })), 'model'],
  [
    'an id twice',
    () => plantTokenizer(({ model }) => ({ model: { ...(model as object), vocab: { a: 1, b: 1 } } })),
    'share',
  ],
  ['a large id', () => plantTokenizer(({ model }) => ({ model: { ...(model as object), vocab: { a: 267 } } })), '267'],
  ['a deep tokenizer', () => plant('tokenizer.json', '['.repeat(1_000_000)), 'nested deeper than 12'],
  [
    'ranges of another number of layers',
    () => plant('cache-ranges.json', ranges, { cacheRanges: 'cache-ranges.json' }),
    'must have 32 keys and 32 values for each of 2 layers',
  ],
  [
    'golden tokens of another grid',
    () => plant('golden.json', golden([1, 2]), { golden: 'golden.json' }),
    'do not fit the pack',
  ],
])('refused: %s', async (_, damage, message) => {
  await damage()
  await expect(validatePack(folder)).rejects.toMatchObject(refusal(message))
})

test('a transformer may come in 8 bits only', async () => {
  const { fp32 = '', int8 } = manifest.sessions.transformer
  const { [fp32]: _, ...files } = manifest.files
  await rm(path(fp32))
  await writeManifest({ files, sessions: { ...manifest.sessions, transformer: { int8 } } })
  await expect(validatePack(folder)).resolves.toMatchObject({ folder })
  await writeManifest({ files, sessions: { ...manifest.sessions, transformer: {} } })
  await expect(validatePack(folder)).rejects.toMatchObject(refusal('needs fp32 or int8'))
})

test('known regular expressions pass', async () => {
  await plantTokenizer(() => ({ pre_tokenizer: split('\\s+') }))
  await expect(validatePack(folder)).resolves.toMatchObject({ folder })
})

test('a hard link is a file like any other', async () => {
  await rename(path('clip-text.onnx'), join(base, 'elsewhere.onnx'))
  await link(join(base, 'elsewhere.onnx'), path('clip-text.onnx'))
  await expect(validatePack(folder)).resolves.toMatchObject({ folder })
})

async function replaced(file: string, make: (file: string) => Promise<unknown>): Promise<void> {
  await rm(path(file))
  await make(path(file))
}

const symlinked = (file: string) => replaced(file, () => symlink(join(good, file), path(file)))

async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(path(file))
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
  await writeFile(path(file), bytes)
}

function identity(name: string): Uint8Array {
  const graph = new GraphBuilder('identity')
  graph.output(graph.rename(graph.input(name, 'float32', ['n']), 'pixels'), 'float32', ['n'])
  return graph.toBytes()
}

const split = (regex: string) => ({ type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false })

const ranges = JSON.stringify({ schemaVersion: 1, layers: [{ keys: [1], values: [1] }] })

function golden(tokens: readonly number[]): string {
  const run = { precision: 'fp32', prompt: 'x', seed: 1, candidate: 0, settings: manifestSampling(), tokens }
  return JSON.stringify({ schemaVersion: 1, runs: [run] })
}

function manifestSampling() {
  const { candidates: _, ...settings } = manifest.sampling
  return settings
}
