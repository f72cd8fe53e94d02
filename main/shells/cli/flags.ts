import { InvalidArgumentError } from 'commander'
import { z } from 'zod'

import { generationRequestSchema, samplingSettingsSchema } from '#app/domain/generation.ts'
import { pictureIdSchema, type PictureId } from '#app/domain/ids.ts'
import { findProblems } from '#main/studio/validation.ts'

/** Flags that every command with a library has. */
export interface LibraryFlags {
  readonly library?: string
}

/** A decimal number and nothing else: `Number` alone would take "", "0x10" and " 7 ". */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Parses the value of a flag; the refusal names the allowed values, taken from the same schema that the studio checks with. */
function numberFlag(schema: z.ZodType): (text: string) => number {
  return (text) => {
    const value = decimal.test(text) ? Number(text) : text
    refuseProblems(schema, value)
    return Number(value)
  }
}

function textFlag(schema: z.ZodType): (text: string) => string {
  return (text) => {
    refuseProblems(schema, text)
    return text
  }
}

function refuseProblems(schema: z.ZodType, value: unknown): void {
  const [problem] = findProblems(schema, value)
  if (problem === undefined) return
  throw new InvalidArgumentError(problem.allowed === null ? problem.sentence : `Allowed is ${problem.allowed}.`)
}

/** An empty folder is a shell variable that was never set: not the folder that was meant. */
export function parseFolder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Allowed is the path of a folder.')
  return text
}

const { prompt, seed, candidates, packId } = generationRequestSchema.shape
const { temperature, topK, topP, guidanceScale } = samplingSettingsSchema.shape

export const parsePrompt = textFlag(prompt)
export const parseSeed = numberFlag(seed)
export const parseCandidates = numberFlag(candidates)
const parsePictureId = textFlag(pictureIdSchema)
/** Of an argument that may be given several times. */
export const parsePictureIds = (text: string, before: readonly PictureId[] = []): readonly PictureId[] => [
  ...before,
  parsePictureId(text) as PictureId,
]
export const parsePackId = textFlag(packId)
export const parseTemperature = numberFlag(temperature)
export const parseTopK = numberFlag(topK)
export const parseTopP = numberFlag(topP)
export const parseGuidance = numberFlag(guidanceScale)
export const parseSimilarity = numberFlag(z.number().min(0.5).max(1))
export const parseLimit = numberFlag(z.number().int().min(1).max(500))
