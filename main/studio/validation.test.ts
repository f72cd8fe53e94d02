import { expect, it } from 'vitest'
import type { z } from 'zod'

import { generationRequestSchema } from '#app/domain/generation.ts'

import { pagePayload, picturePayload, tokenizePayload } from './payloads.ts'
import { findProblems, parseInput } from './validation.ts'

const sentences = (schema: z.ZodType, input: unknown) => findProblems(schema, input).map(({ sentence }) => sentence)

it('names every wrong field with what was given and what is allowed', () => {
  const request = {
    prompt: '',
    seed: 1.5,
    candidates: 513,
    settings: { topP: 0, topK: 'many', temperature: Infinity, guidance: 3 },
    imagePrompt: { pictureId: '../x', keep: { kind: 'half' } },
  }
  expect(sentences(generationRequestSchema, request)).toEqual([
    'The prompt is empty.',
    'The seed is 1.5; allowed is a whole number from 0 to 9007199254740991.',
    'The number of candidates is 513; allowed is a whole number from 1 to 512.',
    'The temperature is Infinity; allowed is a number from 0 to 5.',
    'The top-k is "many"; allowed is a whole number from 0 to 65536.',
    'The top-p is 0; allowed is a number above 0 and up to 1.',
    'There is no "guidance"; known are temperature, topK, topP, guidanceScale.',
    'The picture id is "../x"; allowed is a lower-case UUID.',
    'The kind is "half"; allowed is "rows" or "mask".',
  ])
})

it('describes missing values, wrong types and wrong shapes', () => {
  expect(sentences(generationRequestSchema, {})).toEqual([
    'The prompt is missing; allowed is text of 1 to 4000 characters.',
  ])
  expect(sentences(generationRequestSchema, 'apple')).toEqual([
    'The request is "apple"; allowed is an object with prompt, packId, seed, candidates, settings, imagePrompt.',
  ])
  expect(sentences(picturePayload, { pictureId: null })).toEqual([
    'The picture id is null; allowed is a lower-case UUID.',
  ])
  expect(sentences(pagePayload, { limit: 0, cursor: 5 })).toEqual([
    'The cursor is 5; allowed is text of at most 1000 characters or nothing.',
    'The limit is 0; allowed is a whole number from 1 to 500.',
  ])
  expect(sentences(tokenizePayload, { prompt: 'a', packId: 'A B' })).toEqual([
    'The pack is "A B"; allowed is a name of small letters, digits, dots, dashes and underscores.',
  ])
})

it('shortens what was given', () => {
  const [sentence] = sentences(generationRequestSchema, { prompt: 'x'.repeat(5000) })
  expect(sentence).toBe(`The prompt is "${'x'.repeat(59)}… (5002 characters); allowed is text of 1 to 4000 characters.`)
})

it('gives what the schema makes of good input', () => {
  expect(parseInput(generationRequestSchema, { prompt: ' a cat ' })).toEqual({ prompt: 'a cat' })
})
