import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'

/** Rows and columns of the pretended pack. */
export const grid = 12
/** Candidates of a run that was there already. */
export const perRun = 16

/** Looks like a sha256. */
export const hash = (seed: number): string =>
  Array.from({ length: 64 }, (_, place) =>
    ((Math.imul(seed + 7, 2654435761 + place * 97) >>> (place % 24)) & 15).toString(16),
  ).join('')

/** @param kind 1 = a run, 2 = a picture; the number of a picture is its run's, times 1024, plus its index */
export const uuid = (kind: number, number: number): string =>
  `0198a4c0-${kind.toString(16).padStart(4, '0')}-7000-8000-${number.toString(16).padStart(12, '0')}`

export const numberOf = (id: string): number => parseInt(id.slice(-12), 16)

export const fakePack: PackSummary = {
  id: 'starter' as PackId,
  name: 'Starter',
  version: '0.1.0',
  description:
    'About a hundred and fifty everyday things as flat pictures, trained by the project’s own code in an hour on two cores.',
  licence: 'Apache-2.0',
  attribution: ['Noto Emoji, Google, Apache-2.0', 'Fluent Emoji, Microsoft, MIT', 'Twemoji, Twitter, CC-BY-4.0'],
  sha256: hash(3),
  bytes: 31_400_000,
  precisions: ['fp32', 'int8'],
  rows: grid,
  columns: grid,
  paletteRows: 0,
  paletteLevels: 0,
  imageVocabulary: 1024,
  textLength: 32,
  pictureWidth: 192,
  pictureHeight: 192,
  canRank: true,
  canEncode: true,
  sampling: { temperature: 0.7, topK: 0, topP: 0.9, guidanceScale: 1.2, candidates: perRun },
  memory: { weightsBytes: 46_000_000, cacheBytesPerRow: 2_200_000 },
}
