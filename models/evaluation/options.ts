import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { samplingSettingsSchema } from '#app/domain/generation.ts'
import { precisions, type Precision } from '#app/domain/pack.ts'

import { readNumber } from '../dataset/number-option.ts'

import type { DrawOptions } from './draw-answers.ts'
import { questionSets, type QuestionSet } from './questions.ts'

/** What the command line of `npm run evaluate` says; evaluate.ts tells what each option does. */
interface EvaluateOptions extends Pick<DrawOptions, 'candidates' | 'precision'> {
  readonly isQuick: boolean
  readonly isJson: boolean
  readonly isWriting: boolean
  /** Folder of the pack. */
  readonly pack: string
  /** Folder of the data set, if it is not the one that evaluation keeps. */
  readonly data: string | undefined
  readonly perSet: number
  /** The sets to ask, or undefined for all. */
  readonly sets: readonly QuestionSet[] | undefined
  readonly settings: NonNullable<DrawOptions['settings']>
}

/** Reads the arguments; throws an error that names the allowed values. */
export function readOptions(args: readonly string[]): EvaluateOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      pack: { type: 'string', default: fileURLToPath(new URL('../starter/pack', import.meta.url)) },
      data: { type: 'string' },
      'per-set': { type: 'string' },
      candidates: { type: 'string' },
      sets: { type: 'string' },
      precision: { type: 'string', default: 'fp32' },
      temperature: { type: 'string' },
      guidance: { type: 'string' },
    },
  })
  const { quick: isQuick, json: isJson, write: isWriting, pack, data, temperature, guidance } = values
  const count = { min: 1, isWhole: true }
  const sets = values.sets?.split(',').map((name) => oneOf('sets', name, questionSets))
  if (sets !== undefined && isWriting) throw new Error('--write is for all sets: leave --sets out.')
  return {
    ...{ isQuick, isJson, isWriting, pack, data, sets },
    precision: oneOf<Precision>('precision', values.precision, precisions),
    perSet: readNumber('per-set', values['per-set'] ?? (isQuick ? '8' : '32'), count),
    candidates: readNumber('candidates', values.candidates ?? (isQuick ? '16' : '64'), count),
    settings: {
      ...(temperature !== undefined && { temperature: readNumber('temperature', temperature, rangeOf('temperature')) }),
      ...(guidance !== undefined && { guidanceScale: readNumber('guidance', guidance, rangeOf('guidanceScale')) }),
    },
  }
}

function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === text)
  if (found === undefined) throw new Error(`--${option} must be of ${allowed.join(', ')}, got "${text}".`)
  return found
}

function rangeOf(setting: 'temperature' | 'guidanceScale'): { min: number; max: number } {
  const { minValue, maxValue } = samplingSettingsSchema.shape[setting]
  return { min: minValue ?? 0, max: maxValue ?? Infinity }
}
