import sharp, { type Sharp } from 'sharp'

import { plainUpscales } from '#app/contract/browsing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import { upscalerScales } from '#app/domain/upscaler.ts'

import { toRgb } from './decode-picture-file.ts'
import type { FoundUpscaler } from './packs-port.ts'
import type { StudioParts } from './parts.ts'

/** @returns null when it was cancelled */
export type Enlarge = (picture: Sharp, signal: AbortSignal) => Promise<Sharp | null>

export interface WayToEnlarge {
  readonly enlarge: Enlarge
  /** Gives back what it holds in memory. */
  release(): Promise<void>
}

type Tools = Pick<StudioParts, 'engine' | 'packs'>

/**
 * How pictures become `scale` times as wide and high.
 * @param upscale `lanczos` (default), `squares`, or the id of an upscaler
 * @throws StudioError `invalidRequest` that names the ways, or the scales of the upscaler
 */
export async function wayToEnlarge(tools: Tools, scale: number, upscale: string = 'lanczos'): Promise<WayToEnlarge> {
  const upscalers = await tools.packs.listUpscalers()
  const found = upscalers.find(({ summary }) => summary.id === upscale)
  if (found === undefined && !plainUpscales.some((known) => known === upscale)) {
    const ways = [...plainUpscales, ...upscalers.map(({ summary }) => summary.id)].join(', ')
    throw new StudioError('invalidRequest', `"${upscale}" is no way to enlarge pictures; allowed are: ${ways}.`)
  }
  const nothingHeld = () => Promise.resolve()
  if (scale === 1) return { enlarge: (picture) => Promise.resolve(picture), release: nothingHeld }
  if (found !== undefined) return byUpscaler(tools, found, scale)
  const kernel = upscale === 'squares' ? 'nearest' : 'lanczos3'
  return {
    async enlarge(picture) {
      const { width, height } = await picture.metadata()
      return picture.resize(width * scale, height * scale, { kernel })
    },
    release: nothingHeld,
  }
}

function byUpscaler({ engine }: Tools, { summary, folder }: FoundUpscaler, wanted: number): WayToEnlarge {
  const { id: packId, scales } = summary
  const scale = upscalerScales.find((known) => known === wanted && scales.includes(known))
  if (scale === undefined) {
    const allowed = [1, ...scales].join(', ')
    throw new StudioError('invalidRequest', `"${packId}" enlarges by ${allowed}, not by ${wanted}.`)
  }
  return {
    async enlarge(picture, signal) {
      const plain = picture.flatten({ background: '#ffffff' }).toColourspace('srgb').raw()
      const { data, info } = await plain.toBuffer({ resolveWithObject: true })
      const small = { width: info.width, height: info.height, pixels: toRgb(data, info.channels) }
      const large = await engine.upscale({ packId, folder, scale, picture: small }, signal)
      if (large === null) return null
      return sharp(large.pixels, { raw: { width: large.width, height: large.height, channels: 3 } })
    },
    release: () => engine.unloadPack(packId),
  }
}
