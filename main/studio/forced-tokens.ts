import { StudioError } from '#app/contract/errors.ts'
import type { ImagePrompt } from '#app/domain/generation.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { PictureDetail } from '#app/domain/picture.ts'
import { placesOf } from '#app/kernels/token-geometry.ts'

/** What an image prompt needs of the picture it keeps parts of. */
export interface TokenSource extends Pick<PictureDetail, 'rows' | 'columns' | 'pack'> {
  readonly tokens: ArrayLike<number>
}

/** Marks a grid cell that the model draws. */
const freeCell = -1

/**
 * The tokens that an image prompt keeps (paper §3.3): one entry per token in raster order, the palette's first, the source picture's code where
 * it is kept, −1 elsewhere.
 * @throws StudioError `invalidRequest` when the picture's grid or codebook is not the pack's, or nothing is left to draw
 */
export function forcedTokensOf(imagePrompt: ImagePrompt, source: TokenSource, pack: PackSummary): Int32Array {
  checkSource(source, pack)
  const { rows, columns, first } = placesOf(pack)
  const isPaletteKept = imagePrompt.isPaletteKept ?? true
  const isSomethingFree = first > 0 && !isPaletteKept
  const isKept = keptPlaces(imagePrompt.keep, rows, columns, isSomethingFree ? rows : rows - 1)
  const tokens = Int32Array.from({ length: first + rows * columns }, (_, token) =>
    (token < first ? isPaletteKept : isKept(token - first)) ? (source.tokens[token] ?? freeCell) : freeCell,
  )
  if (tokens.includes(freeCell)) return tokens
  throw new StudioError('invalidRequest', 'The image prompt keeps the whole picture: leave at least one cell to draw.')
}

function keptPlaces(
  keep: ImagePrompt['keep'],
  rows: number,
  columns: number,
  mostRows: number,
): (place: number) => boolean {
  if (keep.kind === 'mask') {
    if (keep.cells.length === rows * columns) return (place) => keep.cells[place] === true
    throw new StudioError(
      'invalidRequest',
      `The mask has ${keep.cells.length} cells; the pack's grid has ${rows} × ${columns} = ${rows * columns}.`,
    )
  }
  if (keep.rows <= mostRows) return (place) => place < keep.rows * columns
  throw new StudioError(
    'invalidRequest',
    `${keep.rows} rows cannot be kept of a grid of ${rows}; allowed is a whole number from 0 to ${mostRows}.`,
  )
}

function checkSource(source: TokenSource, pack: PackSummary): void {
  if (source.rows !== pack.rows || source.columns !== pack.columns) {
    throw new StudioError(
      'invalidRequest',
      `The picture is a grid of ${source.rows} × ${source.columns} tokens, the pack "${pack.id}" draws ${pack.rows} × ${pack.columns}. ` +
        `Choose a picture or a pack of the same grid.`,
    )
  }
  if (source.pack.sha256 !== pack.sha256) {
    throw new StudioError(
      'invalidRequest',
      `The picture was drawn by the pack "${source.pack.id}" ${source.pack.version}; its tokens mean nothing to "${pack.id}" ${pack.version}. ` +
        `Choose the pack that drew it, or a picture of this pack.`,
    )
  }
}
