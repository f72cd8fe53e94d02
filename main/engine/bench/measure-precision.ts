import type { CandidateFinished, DecodeJob } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { Precision } from '#app/domain/pack.ts'

import { decode } from '../process/decode.ts'
import { checkDevice } from '../process/device-check.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import type { BenchPack } from './measure-run.ts'

/** What int8 weights change, on the same prompts, seeds and candidates. */
export interface PrecisionMeasurement {
  readonly pictures: number
  /** Mean CLIP score of the pictures each draws on its own. */
  readonly clipScore: Readonly<Record<Precision, number | null>>
  /** Share of pictures whose tokens are all the same in both. */
  readonly samePictures: number
  /** Share of int8's draws that are those of fp32 after the same earlier tokens. */
  readonly tokenAgreement: number
  /** Mean negative log-likelihood in nats of the fp32 pictures' tokens under each. */
  readonly nll: Readonly<Record<Precision, number>>
}

const seed = 11

/** @param prompts captions, each with `candidates` pictures */
export async function measurePrecision(
  pack: BenchPack,
  threads: number,
  prompts: readonly string[],
  candidates: number,
): Promise<PrecisionMeasurement> {
  const load = (precision: Precision): Promise<LoadedPack> =>
    loadPack({ packId: pack.manifest.id, folder: pack.folder, precision }, { threads })
  const [fp32, int8] = [await load('fp32'), await load('int8')]
  const own = { fp32: [] as CandidateFinished[], int8: [] as CandidateFinished[] }
  const rescored: CandidateFinished[] = []
  for (const prompt of prompts) {
    const drawn = await drawAll(fp32, prompt, candidates)
    own.fp32.push(...drawn)
    own.int8.push(...(await drawAll(int8, prompt, candidates)))
    rescored.push(...(await drawAll(int8, prompt, candidates, drawn)))
  }
  const tokenAgreement = await agreementOf(int8, prompts, own.fp32, candidates)
  await fp32.dispose()
  await int8.dispose()
  const same = own.fp32.filter((picture, i) => picture.tokens.every((code, cell) => code === own.int8[i]?.tokens[cell]))
  return {
    pictures: own.fp32.length,
    clipScore: { fp32: meanScore(own.fp32), int8: meanScore(own.int8) },
    tokenAgreement,
    samePictures: same.length / own.fp32.length,
    nll: { fp32: meanNll(own.fp32), int8: meanNll(rescored) },
  }
}

/** Over the first two pictures of each prompt. */
async function agreementOf(
  pack: LoadedPack,
  prompts: readonly string[],
  pictures: readonly CandidateFinished[],
  candidates: number,
): Promise<number> {
  const { temperature, topK, topP, guidanceScale } = pack.manifest.sampling
  const settings = { temperature, topK, topP, guidanceScale }
  const runs = prompts.flatMap((prompt, number) =>
    pictures.slice(number * candidates, number * candidates + 2).map(({ index, tokens }) => ({
      ...{ precision: 'int8' as const, prompt, seed, candidate: index, settings, tokens: [...tokens] },
    })),
  )
  return (await checkDevice(pack.transformer, pack.tokenizer, { schemaVersion: 1, runs }, Infinity)).agreement
}

/** @param fixed pictures whose tokens are forced, to ask how likely they are */
async function drawAll(
  pack: LoadedPack,
  prompt: string,
  candidates: number,
  fixed?: readonly CandidateFinished[],
): Promise<CandidateFinished[]> {
  const { temperature, topK, topP, guidanceScale } = pack.manifest.sampling
  const job: DecodeJob = {
    jobId: 'bench' as GenerationId,
    packId: pack.manifest.id,
    prompt,
    seed,
    candidates: Array.from({ length: candidates }, (_, index) => index),
    settings: { temperature, topK, topP, guidanceScale },
    isPreviewWanted: false,
    ...(fixed && { resume: new Map(fixed.map(({ index, tokens }) => [index, tokens])) }),
  }
  const finished: CandidateFinished[] = []
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  for await (const progress of decode(pack, job, seconds)) {
    if (progress.type === 'candidate') finished.push(progress.candidate)
  }
  return finished
}

function meanScore(pictures: readonly CandidateFinished[]): number | null {
  let sum = 0
  for (const { clipScore } of pictures) {
    if (clipScore === null) return null
    sum += clipScore
  }
  return sum / pictures.length
}

function meanNll(pictures: readonly CandidateFinished[]): number {
  return pictures.reduce((sum, { perplexity }) => sum + Math.log(perplexity), 0) / pictures.length
}
