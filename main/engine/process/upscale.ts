import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import * as ort from 'onnxruntime-node'

import type { RgbPicture, UpscaleJob } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import {
  maxUpscalerOverlap,
  upscalerManifestSchema,
  upscalerTile,
  type UpscalerManifest,
  type UpscalerModel,
} from '#app/domain/upscaler.ts'
import { tilesOf, type Area, type Tile } from '#app/kernels/tiles.ts'

import { checkUpscalerMemory } from './memory.ts'
import { checkPicture } from './pixels.ts'
import { readVerified } from './read-verified.ts'
import { checkNames, createSession, outputOf } from './sessions.ts'

/** 11 585 × 11 585: 403 MB of RGB, which the engine and whoever asked both hold. */
const maxPixels = 2 ** 27

interface LoadedModel {
  readonly packId: PackId
  readonly key: string
  readonly model: UpscalerModel
  readonly session: ort.InferenceSession
}

/** Enlarges pictures tile by tile, one job after another, with one model in memory. */
export class Upscaler {
  readonly #threads: number
  readonly #open = new Set<number>()
  readonly #cancelled = new Set<number>()
  #loaded: LoadedModel | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(threads: number) {
    this.#threads = threads
  }

  /** @returns null when it was cancelled. @throws StudioError invalidRequest, packInvalid, packMissing or outOfMemory */
  run(jobId: number, job: UpscaleJob): Promise<RgbPicture | null> {
    this.#open.add(jobId)
    return this.#after(async () => {
      try {
        checkPicture(job.picture)
        if (job.picture.width * job.picture.height * job.scale ** 2 > maxPixels)
          throw new StudioError('invalidRequest', `The enlarged picture may have ${maxPixels} pixels at most.`)
        const { session, model } = await this.#load(job)
        return await this.#enlarge(jobId, job.picture, session, model)
      } finally {
        this.#open.delete(jobId)
        this.#cancelled.delete(jobId)
      }
    })
  }

  /** A job that has been answered is left alone: a cancel and its answer may pass each other. */
  cancel(jobId: number): void {
    if (this.#open.has(jobId)) this.#cancelled.add(jobId)
  }

  unload(packId: PackId): Promise<void> {
    return this.#after(async () => {
      if (this.#loaded?.packId !== packId) return
      const { session } = this.#loaded
      this.#loaded = null
      await session.release()
    })
  }

  #after<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  async #load({ packId, folder, scale }: UpscaleJob): Promise<LoadedModel> {
    const text = await readFile(join(folder, 'pack.json'), 'utf8').catch((cause: unknown) => {
      throw new StudioError('packMissing', `The upscaler "${packId}" has no pack.json in ${folder}.`, { cause })
    })
    const manifest = manifestIn(text)
    if (manifest?.id !== packId)
      throw new StudioError('packInvalid', `pack.json in ${folder} is not that of the upscaler "${packId}".`)
    const model = manifest.models.find((known) => known.scale === scale)
    if (model === undefined) {
      const scales = manifest.models.map((known) => `×${known.scale}`).join(', ')
      throw new StudioError('invalidRequest', `The upscaler "${packId}" does not enlarge ×${scale}, only ${scales}.`)
    }
    const key = `${packId} ${manifest.files[model.file]?.sha256 ?? ''}`
    if (this.#loaded?.key === key) return this.#loaded
    await this.#loaded?.session.release()
    this.#loaded = null
    checkUpscalerMemory(manifest, model)
    const bytes = await readVerified(folder, model.file, manifest)
    const session = await createSession(bytes, model.file, { threads: this.#threads })
    checkNames(session, model.file, ['pixels'], ['enlarged'])
    this.#loaded = { packId, key, model, session }
    return this.#loaded
  }

  async #enlarge(
    jobId: number,
    picture: RgbPicture,
    session: ort.InferenceSession,
    { scale, reach, file }: UpscalerModel,
  ): Promise<RgbPicture | null> {
    const [width, height] = [picture.width * scale, picture.height * scale]
    const pixels = new Uint8Array(width * height * 3)
    for (const tile of tilesOf(picture.width, picture.height, upscalerTile, Math.min(reach, maxUpscalerOverlap))) {
      // A run blocks this thread, so this is where a cancel arrives.
      await setImmediate()
      if (this.#cancelled.has(jobId)) return null
      const { seen } = tile
      const input = new ort.Tensor('uint8', cut(picture, seen), [1, seen.height, seen.width, 3])
      const { data, dims } = outputOf(await session.run({ pixels: input }), 'enlarged', Uint8Array)
      if (dims[1] !== seen.height * scale || dims[2] !== seen.width * scale)
        throw new StudioError('packInvalid', `${file} made ${dims[2]} × ${dims[1]} of ${seen.width} × ${seen.height}.`)
      paste(pixels, width, data, tile, scale)
    }
    return { width, height, pixels }
  }
}

function manifestIn(text: string): UpscalerManifest | undefined {
  try {
    return upscalerManifestSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function cut({ width, pixels }: RgbPicture, area: Area): Uint8Array {
  const piece = new Uint8Array(area.width * area.height * 3)
  for (let row = 0; row < area.height; row += 1) {
    const from = ((area.y + row) * width + area.x) * 3
    piece.set(pixels.subarray(from, from + area.width * 3), row * area.width * 3)
  }
  return piece
}

/** The enlarged core of a tile into its place. */
function paste(target: Uint8Array, width: number, tile: Uint8Array, { core, seen }: Tile, scale: number): void {
  const [left, top] = [(core.x - seen.x) * scale, (core.y - seen.y) * scale]
  const tileWidth = seen.width * scale
  for (let row = 0; row < core.height * scale; row += 1) {
    const from = ((top + row) * tileWidth + left) * 3
    const to = ((core.y * scale + row) * width + core.x * scale) * 3
    target.set(tile.subarray(from, from + core.width * scale * 3), to)
  }
}
