import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

import type { DecodeJob, RgbPicture } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { PackManifest, Precision } from '#app/domain/pack.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'

import type { Question } from './questions.ts'

/** Side of the pictures that are judged; the judge and the colour measure look at no more. */
export const judgedSide = 96

export interface DrawOptions {
  readonly folder: string
  readonly manifest: PackManifest
  readonly precision: Precision
  readonly candidates: number
  readonly settings?: Partial<DecodeJob['settings']>
}

async function shrink(picture: RgbPicture, side: number): Promise<Buffer> {
  const raw = { width: picture.width, height: picture.height, channels: 3 as const }
  return sharp(picture.pixels, { raw }).resize(side, side, { kernel: 'lanczos3' }).raw().toBuffer()
}

/**
 * Draws every question with the engine that ships, and what its encoder and decoder make of real pictures.
 * Writes into `out`: answers.json (questions and CLIP scores, in the order drawn), answers.rgb (uint8
 * [question, candidate, 96, 96, 3]), decoded.rgb (uint8, the size of the pack's pictures) and says how long it took.
 */
export async function drawAnswers(
  options: DrawOptions,
  questions: readonly Question[],
  real: readonly RgbPicture[],
  out: string,
  report: (text: string) => void,
): Promise<void> {
  mkdirSync(out, { recursive: true })
  const { manifest } = options
  const packId = manifest.id
  const engine = new EngineHost(() => forkEngine())
  try {
    await engine.loadPack({ packId, folder: options.folder, precision: options.precision })
    const { temperature, topK, topP, guidanceScale } = { ...manifest.sampling, ...options.settings }
    const pictures: Buffer[] = []
    const answers = []
    for (const [number, question] of questions.entries()) {
      const small: Promise<Buffer>[] = []
      const scores: (number | null)[] = []
      const job: DecodeJob = {
        jobId: `evaluate-${number}` as GenerationId,
        packId,
        prompt: question.text,
        seed: 1000 + number,
        candidates: Array.from({ length: options.candidates }, (_, index) => index),
        settings: { temperature, topK, topP, guidanceScale },
        isPreviewWanted: false,
      }
      const listener = {
        onRow: () => undefined,
        onCandidate: ({
          index,
          picture,
          clipScore,
        }: {
          index: number
          picture: RgbPicture
          clipScore: number | null
        }) => {
          small[index] = shrink(picture, judgedSide)
          scores[index] = clipScore
        },
      }
      await engine.decode(job, listener, new AbortController().signal)
      pictures.push(...(await Promise.all(small)))
      answers.push({ ...question, scores })
      if (number % 10 === 9) report(`${number + 1} of ${questions.length} prompts drawn`)
    }
    writeFileSync(join(out, 'answers.rgb'), Buffer.concat(pictures))
    writeFileSync(join(out, 'answers.json'), JSON.stringify({ candidates: options.candidates, questions: answers }))
    const decoded: Uint8Array[] = []
    const codes = new Set<number>()
    const paletteTokens = (manifest.image.paletteRows ?? 0) * manifest.image.columns
    for (const picture of real) {
      const { tokens, reconstruction } = await engine.encodePicture(packId, picture)
      for (const code of tokens.subarray(paletteTokens)) codes.add(code)
      decoded.push(reconstruction.pixels)
    }
    writeFileSync(join(out, 'decoded.rgb'), Buffer.concat(decoded))
    const { width, height } = manifest.picture
    const about = { width, height, pictures: real.length, codesUsed: codes.size, vocabulary: manifest.image.vocabulary }
    writeFileSync(join(out, 'decoded.json'), JSON.stringify(about))
  } finally {
    await engine.close()
  }
}
