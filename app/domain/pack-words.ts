import { z } from 'zod'

const word = z.string().min(1).max(80)

/**
 * What a pack was taught to draw, in its own words: a help for people who write prompts. Models of this size know nothing else.
 * `forms` are sentences with slots; see app/kernels/pack-words.ts.
 */
export const packWordsSchema = z.strictObject({
  /** Names of each thing, the plainest first, and its plural. */
  things: z
    .array(z.strictObject({ names: z.array(word).min(1).max(20), plural: word }))
    .min(1)
    .max(20_000),
  colors: z.array(word).max(200),
  backgrounds: z.array(word).max(200),
  styles: z.array(word).max(200),
  forms: z.array(z.string().min(1).max(200)).min(1).max(200),
  /** Every word of the captions the pack learned from, lower-case. */
  vocabulary: z.array(word).max(50_000),
})
export type PackWords = Readonly<z.infer<typeof packWordsSchema>>
