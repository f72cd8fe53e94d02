import { withArticle } from './words.ts'

/** What is really in a picture, in the words captions use. */
export interface Facts {
  /** Names of the object, plainest first. */
  readonly names: readonly string[]
  /** Colour of its main part, or null where it has no single name. */
  readonly color: string | null
  /** A tint must be said; a natural colour may go unsaid. */
  readonly isTinted: boolean
  readonly style: string
  readonly background: string
}

/** Wordings used in training. `{o}` object with article, `{n}` without, `{b}` background, `{s}` style. */
export const wordings = {
  full: [
    '{o} on a {b} background, {s} style',
    '{o} in {s} style on a {b} background',
    'a {s} emoji of {o} on a {b} background',
    '{n}, {b} background, {s} style',
    'a {s} picture of {o} on a {b} background',
    '{s} style {n} on a {b} background',
  ],
  withoutStyle: [
    '{o} on a {b} background',
    'a picture of {o} on a {b} background',
    'an emoji of {o}, {b} background',
    '{n} on {b}',
    'an icon of {o} with a {b} background',
    '{o} against a {b} background',
    'draw {o} on a {b} background',
    'an illustration of {o} on a {b} background',
    '{b} background with {o}',
  ],
  withoutBackground: ['{o}, {s} style', '{o} in {s} style', 'a {s} emoji of {o}', '{n}, {s} style'],
  plain: [
    ...['{o}', '{n}', 'a picture of {o}', 'an emoji of {o}', 'a sticker of {o}', '{n} icon', 'an image of {o}'],
    ...['draw {o}', 'please draw {o}', 'show me {o}', 'i want {o}', 'make {o}', 'just {o}', '{o} on its own'],
    ...['an illustration of {o}', 'a cartoon of {o}', 'clip art of {o}', 'a symbol of {o}', '{n} emoji', 'one {n}'],
  ],
} as const

/** Wordings never trained on; evaluation reads them to see whether words or sentences were learnt. */
export const heldOutWordings = [
  '{o} in front of a {b} background',
  'a drawing of {o} on a {b} background, {s} style',
] as const

export function fillWording(wording: string, object: string, facts: Facts): string {
  return wording
    .replace('{o}', withArticle(object))
    .replace('{n}', object)
    .replace('{b}', facts.background)
    .replace('{s}', facts.style)
}

/** Every way to say the object that is true of the picture. */
function objectPhrases({ names, color, isTinted }: Facts): string[] {
  const [first = '', ...rest] = names
  const colored = color === null ? [] : [first, first, ...rest].map((name) => `${color} ${name}`)
  return isTinted ? colored : [first, ...names, ...colored]
}

/** Captions that truly describe the picture; repeated entries are meant: they weigh the draw. White may go unsaid. */
export function captionsFor(facts: Facts): string[] {
  const forms: string[] = [...wordings.full, ...wordings.withoutStyle]
  if (facts.background === 'white') forms.push(...wordings.withoutBackground, ...wordings.plain)
  const objects = objectPhrases(facts)
  return forms.flatMap((form) => objects.map((object) => fillWording(form, object, facts)))
}
