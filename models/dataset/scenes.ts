import { backgrounds, tints } from './color.ts'
import { captionsFor } from './captions.ts'
import { isHeldOutPair } from './split.ts'
import type { Concept } from './concepts.ts'
import type { MainColor } from './palette.ts'
import type { TreatmentId } from './treatments.ts'

/** A cut-out picture of one object: what it shows and where its pixels are (its index in the pixel file). */
export interface Cutout {
  readonly concept: string
  readonly style: string
  /** Name of the tint, or null for natural colours. */
  readonly tint: string | null
  /** Name of the main colour as drawn, or null. */
  readonly color: string | null
  /** Id of the treatment it went through; absent for the plain picture. */
  readonly treatment?: TreatmentId
}

/** One object of a scene. Centre and size are shares of the picture's side. */
export interface Placement {
  readonly cutout: number
  readonly x: number
  readonly y: number
  readonly size: number
}

/**
 * One object (natural or tinted, on white or on a colour), or what the wide data set adds. Treatments are kinds of their own, so
 * that a pack can learn some of them well before it begins with the others. In `prompted-…` panels the upper one is a picture
 * that was drawn before, as when people give one as a prompt.
 */
export type SceneKind =
  | `${'natural' | 'tint'}-${'white' | 'background'}`
  | ('placed' | 'count' | 'relation' | 'panels-colour' | 'prompted-colour')
  | `${'treatment' | 'panels' | 'prompted'}-${TreatmentId}`

/** A picture as a recipe: background, objects from back to front, and the captions that are true of it. */
export interface Scene {
  readonly kind: SceneKind
  readonly split: 'train' | 'held-out'
  readonly background: string
  readonly objects: readonly Placement[]
  readonly captions: readonly string[]
}

/** A main colour must cover this share of the object before we rename the object by it. */
export const tintableShare = 0.45

/** Tints that change an icon visibly and truly: none when it has no main colour, never its own colour again. */
export function tintsFor(main: MainColor, tintNames: readonly string[]): string[] {
  return main.share < tintableShare ? [] : tintNames.filter((name) => name !== main.name)
}

/** Colours of a concept that training never names: drawn by hash, but never a colour it has by nature in some style. */
export function heldOutColors(seed: number, concept: Concept, cutouts: readonly Cutout[]): string[] {
  const natural = new Set(cutouts.filter((c) => c.concept === concept.id && c.tint === null).map((c) => c.color))
  return Object.keys(tints).filter((tint) => !natural.has(tint) && isHeldOutPair(seed, concept.id, tint))
}

/** One object in the middle, on every background it does not vanish into. */
export function singleObjectScenes(
  cutout: Cutout,
  index: number,
  concept: Concept,
  heldOut: readonly string[],
): Scene[] {
  const isTinted = cutout.tint !== null
  const split = cutout.tint !== null && heldOut.includes(cutout.tint) ? 'held-out' : 'train'
  return Object.keys(backgrounds)
    .filter((background) => background === 'white' || background !== cutout.color)
    .map((background) => ({
      kind: `${isTinted ? 'tint' : 'natural'}-${background === 'white' ? 'white' : 'background'}` as SceneKind,
      split,
      background,
      objects: [{ cutout: index, x: 0.5, y: 0.5, size: 1 }],
      captions: captionsFor({ names: concept.names, color: cutout.color, isTinted, style: cutout.style, background }),
    }))
}
