import * as ort from 'onnxruntime-node'

import type { EngineAnswers, RgbPicture } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import { psnr, resizePicture } from '#app/kernels/resample.ts'

import type { LoadedPack } from './loaded-pack.ts'
import { outputOf } from './sessions.ts'

/**
 * Pixels of grids of codes by the dVAE decoder.
 * @param grids `rows × columns` codes each; `rows` may be fewer than the pack's (a preview)
 */
export async function drawGrids(pack: LoadedPack, grids: readonly Uint16Array[]): Promise<RgbPicture[]> {
  const { columns, vocabulary } = pack.manifest.image
  const cells = grids[0]?.length ?? 0
  if (cells === 0 || cells % columns !== 0 || grids.some((grid) => grid.length !== cells)) {
    throw new StudioError('invalidRequest', `A grid of codes has whole rows of ${columns}.`)
  }
  const codes = new BigInt64Array(grids.length * cells)
  grids.forEach((grid, index) =>
    grid.forEach((code, cell) => {
      if (code >= vocabulary) {
        throw new StudioError('invalidRequest', `Code ${code} is not from 0 to ${vocabulary - 1}.`)
      }
      codes[index * cells + cell] = BigInt(code)
    }),
  )
  const session = await pack.session('vaeDecoder')
  const results = await session.run({ codes: new ort.Tensor('int64', codes, [grids.length, cells / columns, columns]) })
  const { data, dims } = outputOf(results, 'pixels', Uint8Array)
  const [, height = 0, width = 0] = dims
  const size = width * height * 3
  return grids.map((_, index) => ({ width, height, pixels: data.slice(index * size, (index + 1) * size) }))
}

/**
 * Picture → codes and what the decoder makes of them.
 * @param picture any size: it is resized to what the encoder reads
 */
export async function encodePicture(pack: LoadedPack, picture: RgbPicture): Promise<EngineAnswers['encodePicture']> {
  checkPicture(picture)
  const { encoderWidth, encoderHeight, width, height } = pack.manifest.picture
  const { pixels } = resizePicture(picture, encoderWidth, encoderHeight, 'area')
  const session = await pack.session('vaeEncoder')
  const results = await session.run({ pixels: new ort.Tensor('uint8', pixels, [1, encoderHeight, encoderWidth, 3]) })
  const tokens = Uint16Array.from(outputOf(results, 'codes', BigInt64Array).data, Number)
  const [reconstruction] = await drawGrids(pack, [tokens])
  if (reconstruction === undefined) throw new StudioError('internal', 'The decoder drew no picture.')
  const original = resizePicture(picture, width, height, 'area')
  return { tokens, reconstruction, psnr: psnr(original.pixels, reconstruction.pixels) }
}

/** @throws StudioError invalidRequest when the bytes do not fit the size */
export function checkPicture({ width, height, pixels }: RgbPicture): void {
  const isWhole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
  if (isWhole && width <= 8192 && height <= 8192 && pixels.length === width * height * 3) return
  throw new StudioError(
    'invalidRequest',
    `A picture has 1–8192 pixels a side and 3 bytes a pixel, not ${width} × ${height} with ${pixels.length} bytes.`,
  )
}
