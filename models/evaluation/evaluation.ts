/** Share of prompts that are right, by N of best-of-N. */
export type ByN = Readonly<Record<string, number | null>>
type Measures = Readonly<Record<string, ByN>>
interface Ceiling {
  readonly judgeTop1: number | null
  readonly judgeTop5: number | null
  readonly objectColour: number | null
  readonly count: number | null
  readonly relation: number | null
  readonly sketch: number | null
  readonly blackAndWhite: number | null
  readonly outline: number | null
  readonly mirrored: number | null
  readonly upsideDown: number | null
  readonly panels: number | null
}

/** What models/evaluation/measure.py prints. */
export interface Evaluation {
  readonly judgeTop1: ByN
  readonly judgeTop5: ByN
  readonly objectColour: ByN
  readonly background: ByN
  readonly heldOut: Measures
  readonly count: ByN | null
  readonly relation: ByN | null
  readonly sketch: ByN | null
  readonly blackAndWhite: ByN | null
  readonly outline: ByN | null
  readonly mirrored: ByN | null
  readonly upsideDown: ByN | null
  readonly panels: ByN | null
  /** Panels whose upper half is a picture drawn before. */
  readonly givenPanels: ByN | null
  readonly sets: Readonly<Record<string, Measures>>
  /** Of held-out pictures, in decibels; null where the data set holds none out. */
  readonly psnr: number | null
  readonly psnrSmall: number | null
  readonly codebookUsed: number
  /** Share of places at which the encoder reads, from a picture just drawn, the token that was drawn. */
  readonly readAgain: number
  readonly ceiling: Readonly<Record<'real' | 'decoded', Ceiling>>
  /** This and the two below: null where fewer than two pictures of one object were drawn. */
  readonly frechet: number | null
  readonly frechetFloor: number | null
  /** In each of the sets compared. */
  readonly frechetPictures: number
  /** Null also where only what settings change is measured. */
  readonly nearestTraining: number | null
  readonly variety: number
}
