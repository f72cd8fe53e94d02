import type { PackWords } from '#app/domain/pack-words.ts'
import { createRandom } from '#main/library/testing/sample.ts'

import { fillWording } from '../dataset/captions.ts'
import { backgrounds } from '../dataset/color.ts'
import type { TreatmentId } from '../dataset/treatments.ts'
import { numberWords, pluralize, withArticle } from '../dataset/words.ts'

/** A prompt whose answer is known. */
export interface Question {
  readonly set: QuestionSet
  readonly text: string
  /** What must be there; two for a relation or panels, the left or upper one first. */
  readonly concepts: readonly string[]
  /** Of the object, or of the lower one of two panels; null when the prompt names no colour. */
  readonly color: string | null
  readonly background: string
  readonly count: number
  readonly direction: 'horizontal' | 'vertical' | null
  /** The style the prompt names, or null. */
  readonly style: string | null
  /** Of the object, or of the lower one of two panels. */
  readonly treatment: TreatmentId | null
  /** The prompt of the picture that is given as the upper half, or null. */
  readonly given: string | null
}

export const questionSets = [
  ...(['natural', 'seenTint', 'heldOut', 'background', 'wording'] as const),
  ...(['count', 'relation', 'heldOutRelation', 'sketch', 'blackAndWhite', 'panels', 'givenPanels'] as const),
  ...(['outline', 'mirrored', 'upsideDown', 'unknownWords'] as const),
]
export type QuestionSet = (typeof questionSets)[number]

/** Treatments that the starter pack has learned, each with a sentence that training has seen. */
const treatedSets = [
  { set: 'sketch', treatment: 'sketch', wording: 'a sketch of {o}' },
  { set: 'blackAndWhite', treatment: 'black-and-white', wording: '{o} in black and white' },
] as const
const laterTreatedSets = [
  { set: 'outline', treatment: 'outline', wording: 'an outline of {o}' },
  { set: 'mirrored', treatment: 'mirrored', wording: '{o}, mirrored' },
  { set: 'upsideDown', treatment: 'upside-down', wording: '{o} upside down' },
] as const

/** What people write around what they want; of these words no caption has any. */
const sentencesOfUnknownWords = [
  'a really cute {n}',
  '{o}, highly detailed, award winning',
  'my favourite {n} ever please',
  'a gorgeous vintage {n}',
  'beautiful {n} wallpaper',
  '{o}, trending artwork',
] as const

interface Concept {
  readonly id: string
  readonly names: readonly string[]
}

/** The parts of dataset.json and split.json that questions come from. */
export interface KnownPictures {
  readonly concepts: readonly Concept[]
  readonly cutouts: readonly { concept: string; style: string; tint: string | null; treatment?: string }[]
  readonly heldOutPairs: readonly (readonly [string, string])[]
  readonly heldOutObjectPairs: readonly (readonly [string, string])[]
  readonly heldOutWordings: readonly string[]
  /** Concepts that look like themselves when mirrored or turned upside down, so that nobody can tell: not asked about. */
  readonly lookAlikes: Readonly<Partial<Record<TreatmentId, readonly string[]>>>
}

/** Without those about treatments that the pack was not taught: it has no word for them. */
export function answerable(questions: readonly Question[], { vocabulary }: Pick<PackWords, 'vocabulary'>): Question[] {
  const known = new Set(vocabulary)
  return questions.filter(
    ({ treatment, text }) => treatment === null || (text.match(/\p{L}+/gu) ?? []).every((word) => known.has(word)),
  )
}

/** `perSet` questions of every set, spread over the concepts that are known; fewer where there are not so many. */
export function makeQuestions(known: KnownPictures, perSet: number, seed = 11): readonly Question[] {
  const random = createRandom(seed)
  const some = <T>(items: readonly T[], count = perSet): readonly T[] =>
    items
      .map((item) => ({ item, rank: random() }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, count)
      .map(({ item }) => item)
  const named = new Map(known.concepts.map(({ id, names }) => [id, names[0] ?? id]))
  const nameOf = (id: string): string => named.get(id) ?? id
  const isHeldOut = new Set(known.heldOutPairs.map(([color, id]) => `${color} ${id}`))
  const pairs = new Map<string, readonly [string, string]>()
  for (const { concept, tint, treatment } of known.cutouts) {
    if (tint !== null && treatment === undefined && named.has(concept)) pairs.set(`${tint} ${concept}`, [tint, concept])
  }
  const tinted = [...pairs].filter(([key]) => !isHeldOut.has(key)).map(([, pair]) => pair)
  const unseen = [...pairs].filter(([key]) => isHeldOut.has(key)).map(([, pair]) => pair)
  const colored = Object.keys(backgrounds).filter((name) => name !== 'white')
  const ids = known.concepts.map(({ id }) => id)
  const base = {
    ...{ color: null, background: 'white', count: 1, direction: null },
    ...{ style: null, treatment: null, given: null },
  } as const

  const single = (set: QuestionSet, id: string, color: string | null, background: string): Question => {
    const phrase = withArticle(color === null ? nameOf(id) : `${color} ${nameOf(id)}`)
    return { ...base, set, text: `${phrase} on a ${background} background`, concepts: [id], color, background }
  }
  const styles = [...new Set(known.cutouts.map(({ style }) => style))]
  const wording = (id: string, i: number): Question => {
    const form = known.heldOutWordings[i % known.heldOutWordings.length] ?? '{o}'
    const style = form.includes('{s}') ? (some(styles, 1)[0] ?? null) : null
    const facts = { names: [], color: null, isTinted: false, style: style ?? '', background: 'white' }
    return { ...base, set: 'wording', text: fillWording(form, nameOf(id), facts), concepts: [id], style }
  }
  const isApart = new Set(known.heldOutObjectPairs.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]))
  let relations = 0
  const relation = (set: QuestionSet, id: string, other: string): Question => {
    const direction = relations++ % 2 === 0 ? 'horizontal' : 'vertical'
    const words = direction === 'horizontal' ? 'to the left of' : 'above'
    const text = `${withArticle(nameOf(id))} ${words} ${withArticle(nameOf(other))} on a white background`
    return { ...base, set, text, concepts: [id, other], count: 2, direction }
  }
  const treatedBy = (treatment: TreatmentId): readonly string[] => {
    const treated = new Set(known.cutouts.filter((c) => c.treatment === treatment).map(({ concept }) => concept))
    const alike = new Set(known.lookAlikes[treatment])
    return ids.filter((id) => treated.has(id) && !alike.has(id))
  }
  const panels = (set: QuestionSet, id: string, below: string, more: Partial<Question>): Question => {
    const text = `the exact same ${nameOf(id)} on the top ${below} on the bottom on a white background`
    return { ...base, set, text, concepts: [id, id], count: 2, direction: 'vertical', ...more }
  }
  const treated = (sets: typeof treatedSets | typeof laterTreatedSets): readonly Question[] =>
    sets.flatMap(({ set, treatment, wording }) =>
      some(treatedBy(treatment)).map((id): Question => {
        const text = `${wording.replace('{o}', withArticle(nameOf(id)))} on a white background`
        return { ...base, set, text, concepts: [id], treatment }
      }),
    )
  const unknownWords = (id: string, i: number): Question => {
    const sentence = sentencesOfUnknownWords[i % sentencesOfUnknownWords.length] ?? '{o}'
    const text = sentence.replace('{o}', withArticle(nameOf(id))).replace('{n}', nameOf(id))
    return { ...base, set: 'unknownWords', text, concepts: [id] }
  }
  return [
    ...some(ids).map((id) => single('natural', id, null, 'white')),
    ...some(tinted).map(([color, id]) => single('seenTint', id, color, 'white')),
    ...some(unseen).map(([color, id]) => single('heldOut', id, color, 'white')),
    ...some(ids).map((id) => single('background', id, null, some(colored, 1)[0] ?? 'blue')),
    ...some(ids).map(wording),
    ...some(ids).map((id, i): Question => {
      const count = 2 + (i % 2)
      const text = `${numberWords[count]} ${pluralize(nameOf(id))} on a white background`
      return { ...base, set: 'count', text, concepts: [id], count }
    }),
    ...some(ids).flatMap((id) =>
      some(
        ids.filter((candidate) => candidate !== id && !isApart.has(`${id} ${candidate}`)),
        1,
      ).map((other) => relation('relation', id, other)),
    ),
    ...some(known.heldOutObjectPairs).map(([id, other]) => relation('heldOutRelation', id, other)),
    ...treated(treatedSets),
    ...some(tinted).map(([color, id]) => panels('panels', id, `in ${color}`, { color })),
    ...some(tinted, Math.ceil(perSet / 2)).map(([color, id]) =>
      panels('givenPanels', id, `in ${color}`, { color, given: `${withArticle(nameOf(id))} on a white background` }),
    ),
    ...some(treatedBy('sketch'), Math.floor(perSet / 2)).map((id) =>
      panels('givenPanels', id, 'as a sketch', {
        treatment: 'sketch',
        given: `${withArticle(nameOf(id))} on a white background`,
      }),
    ),
    ...treated(laterTreatedSets),
    ...some(ids).map(unknownWords),
  ]
}
