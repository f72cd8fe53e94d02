import {
  colorPanelScene,
  countScenes,
  placedScenes,
  promptedPanelScenes,
  relationScenes,
  treatmentScenes,
  type Actor,
} from './compositions.ts'
import type { Concept } from './concepts.ts'
import { heldOutColors, singleObjectScenes, type Cutout, type Scene } from './scenes.ts'
import { hashUnit, isHeldOutObjectPair } from './split.ts'

/** How much is in the data set: one object a picture, or also places, counts, relations, treatments and panels. */
export type Extent = 'starter' | 'wide'

export interface SceneList {
  readonly scenes: readonly Scene[]
  /** Colour × object pairs that training never names. */
  readonly heldOutPairs: readonly (readonly [string, string])[]
  /** Ordered object × object pairs that no relation of training shows, in this order or the other. */
  readonly heldOutObjectPairs: readonly (readonly [string, string])[]
}

/** Which tinted cut-outs act in compositions: all natural ones, and this share of the tinted. */
const tintedActorShare = 0.35

/** Every scene, in an order that depends on nothing but the cut-outs and the seed. */
export function allScenes(
  seed: number,
  concepts: readonly Concept[],
  cutouts: readonly Cutout[],
  extent: Extent = 'starter',
): SceneList {
  const heldOut = new Map(concepts.map((concept) => [concept.id, heldOutColors(seed, concept, cutouts)]))
  const byId = new Map(concepts.map((concept) => [concept.id, concept]))
  const actors: Actor[] = cutouts.flatMap((cutout, index) => {
    const concept = byId.get(cutout.concept)
    const isHeldOut = cutout.tint !== null && (heldOut.get(cutout.concept) ?? []).includes(cutout.tint)
    return concept === undefined ? [] : [{ index, cutout, concept, isHeldOut }]
  })
  const plain = actors.filter(({ cutout }) => cutout.treatment === undefined)
  const scenes = plain.flatMap(({ cutout, index, concept }) =>
    singleObjectScenes(cutout, index, concept, heldOut.get(concept.id) ?? []),
  )
  if (extent === 'wide') scenes.push(...composedScenes(seed, actors, plain))
  const heldOutPairs = [...heldOut].flatMap(([id, colors]) => colors.map((color) => [color, id] as const))
  const ids = concepts.map(({ id }) => id)
  const heldOutObjectPairs = ids.flatMap((first) =>
    ids
      .filter((second) => second !== first && isHeldOutObjectPair(seed, first, second))
      .map((second) => [first, second] as const),
  )
  return { scenes, heldOutPairs, heldOutObjectPairs }
}

function composedScenes(seed: number, actors: readonly Actor[], plain: readonly Actor[]): Scene[] {
  const acting = plain.filter(
    ({ cutout, index }) => cutout.tint === null || hashUnit(seed, 'acts', String(index)) < tintedActorShare,
  )
  const versions = groupByIcon(plain)
  const originals = new Map(
    [...versions].flatMap(([icon, [natural]]) => (natural?.cutout.tint === null ? [[icon, natural] as const] : [])),
  )
  const naturals = acting.filter(({ cutout }) => cutout.tint === null)
  const tinted = acting.filter(({ cutout }) => cutout.tint !== null)
  return [
    ...acting.flatMap((actor) => placedScenes(seed, actor, actor.cutout.tint === null ? 9 : 2)),
    ...acting.flatMap((actor) => countScenes(seed, actor)),
    ...naturals.flatMap((actor) => relationScenes(seed, actor, naturals, 28)),
    ...naturals.flatMap((actor) => relationScenes(seed, actor, tinted, 10)),
    ...tinted.flatMap((actor) => relationScenes(seed, actor, naturals, 4)),
    ...actors.flatMap((actor) => {
      const original = originals.get(iconOf(actor))
      if (original === undefined || actor === original) return []
      return actor.cutout.tint === null
        ? treatmentScenes(seed, actor, original)
        : [colorPanelScene(seed, actor, original)]
    }),
    ...actors.flatMap((actor) =>
      promptedPanelScenes(seed, actor, topsFor(seed, actor, versions.get(iconOf(actor)) ?? [])),
    ),
  ]
}

const iconOf = ({ cutout }: Actor): string => `${cutout.concept} ${cutout.style}`

/** The actors of every icon, the natural one first. */
function groupByIcon(plain: readonly Actor[]): ReadonlyMap<string, readonly Actor[]> {
  const groups = new Map<string, Actor[]>()
  for (const actor of plain) {
    const group = groups.get(iconOf(actor)) ?? []
    if (actor.cutout.tint === null) group.unshift(actor)
    else group.push(actor)
    groups.set(iconOf(actor), group)
  }
  return groups
}

/** Which pictures stand above: of a treatment, the natural one and a tinted one; of a colour, one of another colour. */
function topsFor(seed: number, bottom: Actor, versions: readonly Actor[]): readonly Actor[] {
  const { tint, treatment } = bottom.cutout
  const [natural, ...tints] = versions.filter(({ cutout }) => cutout.tint !== tint || treatment !== undefined)
  if (natural === undefined || (tint === null && treatment === undefined)) return []
  const at = hashUnit(seed, 'top', String(bottom.index))
  const tinted = tints[Math.floor(at * tints.length)]
  if (tinted === undefined) return [natural]
  if (treatment !== undefined) return [natural, tinted]
  return [hashUnit(seed, 'is-natural', String(bottom.index)) < 0.5 ? natural : tinted]
}
