import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import { paperAttention } from '#app/kernels/attention-masks.ts'
import { textIds } from '#app/kernels/token-geometry.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { randomTransformer } from '#main/packs/graphs/random-transformer.ts'
import { safetensorsChunks } from '#main/packs/safetensors/write.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'
import type { TransformerDescription } from '#main/packs/weights/model-description.ts'

import { decode } from '../decode.ts'
import { broadcastCache } from '../key-value-cache.ts'
import { loadPack, type LoadedPack } from '../loaded-pack.ts'
import { python } from './import-fixture.ts'

/** What paper_transformer.py answers. */
export interface PaperComparison {
  /** Over all codes of all 1024 positions of the first picture. */
  readonly largestLogitDifference: number
  readonly tokens: number
  readonly differentTokens: number
  /** By how much the closest winner of all draws won: what rounding would have to make up. */
  readonly smallestLead: number
}

/** The paper's positions, vocabularies and order of 64 layers (§2.2, App. B); the width is 64 instead of 3968. */
const reduced: Partial<TransformerDescription> = {
  ...{ layers: 64, width: 64, heads: 2, headDim: 32, mlpWidth: 256, activation: 'gelu', qkNorm: false },
  ...{ textLength: 256, textVocabulary: 16384, bos: null, rows: 32, columns: 32, imageVocabulary: 8192 },
  attention: paperAttention(64),
}
const prompt = 'the red cat'

/** Draws one picture for each seed with the engine and again, from the paper, with PyTorch. */
export async function comparePaperLayout(seeds: readonly number[]): Promise<PaperComparison> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-paper-'))
  try {
    const tiny = tinyWeights({ transformer: reduced, hasClip: false })
    const transformer = randomTransformer(tiny.model.transformer, { seed: 2, isNormBiased: true })
    await writeFile(join(folder, 'transformer.safetensors'), safetensorsChunks(transformer))
    const manifest = await buildPack({ ...tiny, transformer }, join(folder, 'pack'))
    const source = { packId: manifest.id, folder: join(folder, 'pack'), precision: 'fp32' as const }
    const pack = await loadPack(source, { threads: 1 })
    const runs: { seed: number; candidate: number; tokens: number[] }[] = []
    for (const seed of seeds) runs.push({ seed, candidate: 0, tokens: await draw(pack, seed) })
    const ids = textIds(pack.tokenizer.idsOf(prompt), manifest.text)
    await writeFile(join(folder, 'logits.f32'), await logitsOf(pack, ids, runs[0]?.tokens ?? []))
    const drawn = { heads: reduced.heads, textIds: [...ids], firstId: manifest.image.firstId, runs }
    await writeFile(join(folder, 'drawn.json'), JSON.stringify(drawn))
    await pack.dispose()
    const script = fileURLToPath(new URL('./paper_transformer.py', import.meta.url))
    const env = { ...process.env, OMP_NUM_THREADS: '1' }
    const { stdout } = await promisify(execFile)(python, ['-B', script, folder], { env })
    return JSON.parse(stdout) as PaperComparison
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function draw(pack: LoadedPack, seed: number): Promise<number[]> {
  const job: DecodeJob = {
    ...{ jobId: 'paper' as GenerationId, packId: pack.manifest.id, prompt, seed, candidates: [0] },
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 },
    isPreviewWanted: false,
  }
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  for await (const progress of decode(pack, job, seconds, { order: 'cellByCell' })) {
    if (progress.type === 'candidate') return [...progress.candidate.tokens]
  }
  return []
}

/** The engine's logits of every cell, as its steps compute them. */
async function logitsOf(
  { transformer, manifest }: LoadedPack,
  text: Int32Array,
  tokens: readonly number[],
): Promise<Float32Array> {
  const { image } = manifest
  const all = new Float32Array(tokens.length * image.vocabulary)
  const rowOf = (cell: number): Float32Array => all.subarray(cell * image.vocabulary, (cell + 1) * image.vocabulary)
  const prompt = transformer.createCache(1, 'full')
  const cache = transformer.createCache(1, 'compact')
  await transformer.run(prompt, BigInt64Array.from(text, BigInt), 0, text.length - 1, rowOf(0))
  broadcastCache(prompt, cache, 0, 0, text.length)
  for (const [cell, token] of tokens.slice(0, -1).entries()) {
    const id = BigInt64Array.of(BigInt(image.firstId + token))
    await transformer.run(cache, id, text.length + cell, 0, rowOf(cell + 1))
  }
  return all
}
