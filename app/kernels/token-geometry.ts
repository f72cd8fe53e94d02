import { StudioError } from '../contract/errors.ts'

/** Where text and image tokens stand in a sequence (paper §2.2): text positions first, then grid cells in raster order. */
export interface TokenGeometry {
  readonly textLength: number
  readonly rows: number
  readonly columns: number
}

/** How a caption becomes text ids; the same fields as `text` of a pack manifest. */
export interface TextRules {
  readonly length: number
  readonly vocabulary: number
  readonly bos: number | null
  readonly eos: number | null
  /** `per-position`: the pad of position `p` is id `vocabulary + p`, with its own learned embedding. */
  readonly pad: 'per-position' | number
  readonly bosCount?: number
  readonly isEosCut?: boolean
}

/** Room for BPE ids beside the marks. */
export function captionLimit(rules: TextRules): number {
  const eosRoom = rules.eos === null || rules.isEosCut === true ? 0 : 1
  return rules.length - beginMarks(rules).length - eosRoom
}

function beginMarks({ bos, bosCount = 1 }: TextRules): number[] {
  return bos === null ? [] : Array<number>(bosCount).fill(bos)
}

/**
 * `bos`, BPE ids, `eos`, pads: `length` ids. Ids beyond `captionLimit` are cut off. An empty list is the null caption.
 */
export function textIds(captionIds: readonly number[], rules: TextRules): Int32Array {
  const ids = new Int32Array(rules.length)
  const marked = [
    ...beginMarks(rules),
    ...captionIds.slice(0, captionLimit(rules)),
    ...(rules.eos === null ? [] : [rules.eos]),
  ]
  for (let position = 0; position < rules.length; position++) {
    const pad = rules.pad === 'per-position' ? rules.vocabulary + position : rules.pad
    ids[position] = marked[position] ?? pad
  }
  return ids
}

/** A grid of image tokens whose first rows may carry colours; the same fields as a `PackSummary`. */
export interface PaletteGrid {
  /** The palette's among them. */
  readonly rows: number
  readonly columns: number
  readonly paletteRows: number
}

/** The tokens that stand for places of the picture: the last `rows × columns` of its grid, from token `first` on. */
export interface Places {
  readonly rows: number
  readonly columns: number
  readonly first: number
}

export function placesOf({ rows, columns, paletteRows }: PaletteGrid): Places {
  return { rows: rows - paletteRows, columns, first: paletteRows * columns }
}

export function cellCount(geometry: TokenGeometry): number {
  return geometry.rows * geometry.columns
}

/** Row and column of a sequence position; null for text. */
export function cellAt(geometry: TokenGeometry, position: number): { row: number; column: number } | null {
  const cell = position - geometry.textLength
  if (cell < 0) return null
  return { row: Math.floor(cell / geometry.columns), column: cell % geometry.columns }
}

/**
 * Checks a list of forced tokens against a grid.
 * @throws StudioError invalidRequest, with the allowed values
 */
export function checkForcedTokens(forced: Int32Array, geometry: TokenGeometry, vocabulary: number): void {
  const cells = cellCount(geometry)
  if (forced.length !== cells) {
    throw new StudioError(
      'invalidRequest',
      `Forced tokens must have ${cells} entries (${geometry.rows} × ${geometry.columns} cells), got ${forced.length}.`,
    )
  }
  const wrong = forced.findIndex((code) => code < -1 || code >= vocabulary)
  if (wrong >= 0) {
    throw new StudioError(
      'invalidRequest',
      `Forced token ${forced[wrong]} at cell ${wrong} is not −1 (free) or a code from 0 to ${vocabulary - 1}.`,
    )
  }
}

/** Whether a cell that is kept follows one that is drawn: only then is there something to join. */
export function hasKeptAfterHole(forced: Int32Array): boolean {
  const hole = forced.indexOf(-1)
  return hole >= 0 && forced.subarray(hole).some((code) => code >= 0)
}
