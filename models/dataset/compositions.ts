import { backgrounds } from './color.ts'
import type { Concept } from './concepts.ts'
import type { Cutout, Placement, Scene } from './scenes.ts'
import { hashUnit, isHeldOutObjectPair } from './split.ts'
import { treatments } from './treatments.ts'
import { numberWords, pluralize, withArticle } from './words.ts'

/** A cut-out that may stand in a composition: its index, its labels, and whether training may name its colour. */
export interface Actor {
  readonly index: number
  readonly cutout: Cutout
  readonly concept: Concept
  readonly isHeldOut: boolean
}

// Half-size objects stand on whole token cells (6 of 12), so an object's codes are the same wherever it stands.
const half = 0.5
const places: Readonly<Record<string, readonly [number, number]>> = {
  'in the middle': [0.5, 0.5],
  'in the top left corner': [0.25, 0.25],
  'in the top right corner': [0.75, 0.25],
  'in the bottom left corner': [0.25, 0.75],
  'in the bottom right corner': [0.75, 0.75],
  'at the top': [0.5, 0.25],
  'at the bottom': [0.5, 0.75],
  'on the left': [0.25, 0.5],
  'on the right': [0.75, 0.5],
}

const countPlaces: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
  2: [[0.25, 0.5], [0.75, 0.5]],
  3: [[0.5, 0.25], [0.25, 0.75], [0.75, 0.75]],
  4: [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]],
} // prettier-ignore

const put = (cutout: number, [x, y]: readonly [number, number]): Placement => ({ cutout, x, y, size: half })

/** A background the object can be seen on: white mostly, else drawn by hash. */
function backgroundFor(seed: number, actors: readonly Actor[], ...key: readonly string[]): string {
  const names = Object.keys(backgrounds).filter((name) => actors.every(({ cutout }) => cutout.color !== name))
  if (hashUnit(seed, 'has-background', ...key) < 0.75 || names.length === 0) return 'white'
  return names[Math.floor(hashUnit(seed, 'background', ...key) * names.length)] ?? 'white'
}

/** "red apple" where the colour must or may be said. */
function describe({ cutout, concept }: Actor, isNamed: boolean): string {
  const name = concept.names[0] ?? ''
  return cutout.color !== null && (cutout.tint !== null || isNamed) ? `${cutout.color} ${name}` : name
}

/** The sentence on its own and with what is around it, all true. */
function sayAll(sentences: readonly string[], background: string, style: string): string[] {
  return sentences.flatMap((sentence) => {
    const placed = `${sentence} on a ${background} background`
    const full = [
      placed,
      `${placed}, ${style} style`,
      `a picture of ${placed}`,
      `${sentence}, ${background} background`,
    ]
    if (background !== 'white') return full
    return [...full, sentence, `${sentence}, ${style} style`, `a picture of ${sentence}`, `draw ${sentence}`]
  })
}

function scene(
  kind: Scene['kind'],
  isHeldOut: boolean,
  background: string,
  objects: Placement[],
  captions: string[],
): Scene {
  return { kind, split: isHeldOut ? 'held-out' : 'train', background, objects, captions }
}

/** "a small cat in the top left corner": `perCutout` of the nine places. */
export function placedScenes(seed: number, actor: Actor, perCutout: number): Scene[] {
  const key = [String(actor.index)]
  const names = Object.keys(places).sort(
    (a, b) => hashUnit(seed, 'place', a, ...key) - hashUnit(seed, 'place', b, ...key),
  )
  return names.slice(0, perCutout).map((name) => {
    const background = backgroundFor(seed, [actor], 'placed', name, ...key)
    const phrases = [describe(actor, false), describe(actor, true)]
    const said = phrases.map((phrase) => `a small ${phrase} ${name}`)
    if (name === 'in the middle') said.push(...phrases.map((phrase) => `a small ${phrase}`))
    return scene(
      'placed',
      actor.isHeldOut,
      background,
      [put(actor.index, places[name] ?? [0.5, 0.5])],
      sayAll(said, background, actor.cutout.style),
    )
  })
}

/** "two red apples", three and four. */
export function countScenes(seed: number, actor: Actor): Scene[] {
  return [2, 3, 4].map((count) => {
    const background = backgroundFor(seed, [actor], 'count', String(count), String(actor.index))
    const objects = (countPlaces[count] ?? []).map((place) => put(actor.index, place))
    const said = [false, true].map((isNamed) => `${numberWords[count]} ${pluralize(describe(actor, isNamed))}`)
    return scene('count', actor.isHeldOut, background, objects, sayAll(said, background, actor.cutout.style))
  })
}

/**
 * "a cat next to a blue car", "a star above a house": the actor with `partners` others of its style. At most one of the two is
 * tinted: the palette says one main colour, so a second tint would need codes of its own in every colour.
 */
export function relationScenes(seed: number, actor: Actor, others: readonly Actor[], partners: number): Scene[] {
  const order = (other: Actor): number => hashUnit(seed, 'partner', String(actor.index), String(other.index))
  const chosen = others
    .filter(({ concept, cutout }) => concept.id !== actor.concept.id && cutout.style === actor.cutout.style)
    .filter(({ cutout }) => cutout.tint === null || actor.cutout.tint === null)
    .map((other) => ({ other, rank: order(other) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, partners)
  return chosen.map(({ other }) => {
    const isVertical = hashUnit(seed, 'direction', String(actor.index), String(other.index)) < 0.5
    const background = backgroundFor(seed, [actor, other], 'relation', String(actor.index), String(other.index))
    const [a, b] = [withArticle(describe(actor, true)), withArticle(describe(other, true))]
    const said = isVertical
      ? [`${a} above ${b}`, `${b} below ${a}`, `${a} over ${b}`]
      : [
          `${a} next to ${b}`,
          `${a} to the left of ${b}`,
          `${b} to the right of ${a}`,
          `${a} and ${b}`,
          `${a} beside ${b}`,
        ]
    const objects = isVertical
      ? [put(actor.index, [0.5, 0.25]), put(other.index, [0.5, 0.75])]
      : [put(actor.index, [0.25, 0.5]), put(other.index, [0.75, 0.5])]
    const ids = [actor.concept.id, other.concept.id] as const
    const isPairHeldOut = isHeldOutObjectPair(seed, ...ids) || isHeldOutObjectPair(seed, ids[1], ids[0])
    const isHeldOut = isPairHeldOut || actor.isHeldOut || other.isHeldOut
    return scene('relation', isHeldOut, background, objects, sayAll(said, background, actor.cutout.style))
  })
}

/** A treated cut-out alone, and under the picture it was made from: "the exact same cat on the top as a sketch on the bottom". */
export function treatmentScenes(seed: number, treated: Actor, original: Actor): Scene[] {
  const treatment = treatments.find(({ id }) => id === treated.cutout.treatment)
  if (treatment === undefined) return []
  const background = backgroundFor(seed, [original, treated], 'treatment', String(treated.index))
  const { style } = treated.cutout
  const names = [describe(original, false), describe(original, true)]
  const alone = names.flatMap((name) => treatment.wordings.map((wording) => wording.replace('{o}', withArticle(name))))
  const whole = [{ cutout: treated.index, x: 0.5, y: 0.5, size: 1 }]
  return [
    scene(`treatment-${treatment.id}`, false, background, whole, sayAll(alone, background, style)),
    scene(
      `panels-${treatment.id}`,
      false,
      background,
      panelsOf(original, treated),
      sayAll(sayPanels(names, [sayTreated(treatment)]), background, style),
    ),
  ]
}

/** "the exact same car on the top in red on the bottom": the picture in its own colours, and under it tinted. */
export function colorPanelScene(seed: number, tinted: Actor, original: Actor): Scene {
  const color = tinted.cutout.tint ?? ''
  const background = backgroundFor(seed, [original, tinted], 'panels', String(tinted.index))
  const names = [describe(original, false), describe(original, true)]
  const said = sayPanels(names, [`in ${color}`, `colored ${color}`])
  return scene(
    'panels-colour',
    tinted.isHeldOut,
    background,
    panelsOf(original, tinted),
    sayAll(said, background, tinted.cutout.style),
  )
}

/**
 * Panels under a picture that is there already: above, the object as it is in `tops`; below, what `bottom` makes of it. The same
 * sentences as for panels from words alone.
 */
export function promptedPanelScenes(seed: number, bottom: Actor, tops: readonly Actor[]): Scene[] {
  const { tint, style } = bottom.cutout
  const treatment = treatments.find(({ id }) => id === bottom.cutout.treatment)
  const kind = treatment === undefined ? 'prompted-colour' : (`prompted-${treatment.id}` as const)
  const endings = treatment === undefined ? [`in ${tint}`, `colored ${tint}`] : [sayTreated(treatment)]
  return tops.map((top) => {
    const background = backgroundFor(seed, [top, bottom], 'prompted', String(top.index), String(bottom.index))
    const said = sayPanels([describe(top, false), describe(top, true)], endings)
    const isHeldOut = top.isHeldOut || bottom.isHeldOut
    return scene(kind, isHeldOut, background, panelsOf(top, bottom), sayAll(said, background, style))
  })
}

/** "as a sketch", "in black and white": the first wording of a treatment without its object. */
const sayTreated = ({ wordings }: (typeof treatments)[number]): string =>
  (wordings[0] ?? '').replace('{o}', '').replace(/^, /, '').trim()

const panelsOf = (top: Actor, bottom: Actor): Placement[] => [
  put(top.index, [0.5, 0.25]),
  put(bottom.index, [0.5, 0.75]),
]

const sayPanels = (names: readonly string[], endings: readonly string[]): string[] =>
  ['the exact same', 'the same'].flatMap((start) =>
    names.flatMap((name) => endings.map((ending) => `${start} ${name} on the top ${ending} on the bottom`)),
  )
