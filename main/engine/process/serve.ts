import { availableParallelism } from 'node:os'

import * as ort from 'onnxruntime-node'

import type {
  EngineAnswers,
  EngineDescription,
  EngineEnvelope,
  EngineRequest,
  PackToLoad,
} from '#app/contract/engine-protocol.ts'
import { StudioError, toWireError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'

import { embedPictures, embedText } from './clip.ts'
import { DecodeJobs } from './decode-jobs.ts'
import { drawnOn, loadPack, type LoadedPack } from './loaded-pack.ts'
import { measureCache } from './measure-cache.ts'
import { checkPicture, drawGrids, encodePicture } from './pixels.ts'
import type { EnginePort } from './port.ts'
import { swatchesOf } from './swatches.ts'
import { Upscaler } from './upscale.ts'

type Answer = EngineAnswers[keyof EngineAnswers]
/** Promises, so that a request which follows a load at once waits for it. */
type Packs = Map<PackId, Promise<LoadedPack>>

const alivePeriodMs = 500
/** Pictures drawn at once on request. */
const drawGroup = 4

/** Answers an owner's requests until the process ends. The only state: packs and an upscaler in memory, and jobs. */
export function serveEngine(port: EnginePort): void {
  const packs: Packs = new Map()
  const jobs = new DecodeJobs(port)
  const upscaler = new Upscaler(availableParallelism())
  let busy = 0
  // Steps block this thread, so this beats only between them: silence means a stuck call.
  setInterval(() => {
    if (busy > 0) port.post({ type: 'alive' })
  }, alivePeriodMs).unref()

  async function reply({ seq, request }: EngineEnvelope): Promise<void> {
    busy++
    try {
      port.post({ type: 'answer', seq, result: await answer(packs, jobs, upscaler, port, request) })
    } catch (error) {
      port.post({ type: 'failure', seq, error: toWireError(error) })
    } finally {
      busy--
    }
  }

  port.listen((envelope) => {
    if (envelope.request.type === 'acknowledge') jobs.acknowledge(envelope.request.jobId, envelope.request.count)
    else void reply(envelope)
  })
  port.post({ type: 'ready', runtimeVersion: ort.env.versions.node ?? 'unknown' })
}

async function answer(
  packs: Packs,
  jobs: DecodeJobs,
  upscaler: Upscaler,
  port: EnginePort,
  request: EngineRequest,
): Promise<Answer> {
  switch (request.type) {
    case 'describe':
      return {
        runtimeVersion: ort.env.versions.node ?? 'unknown',
        providers: ort.listSupportedBackends().map(({ name }) => name),
        threads: availableParallelism(),
        loaded: await loadedPacks(packs),
      }
    case 'loadPack': {
      const started = performance.now()
      const { placed } = await keepLoading(packs, port, request.pack)
      return { seconds: (performance.now() - started) / 1000, provider: placed.device, where: placed.where }
    }
    case 'unloadPack':
      await unload(packs, request.packId)
      await upscaler.unload(request.packId)
      return null
    case 'tokenize': {
      const pack = await packOf(packs, request.packId)
      // Whoever asks while a prompt is typed will want previews of it: time to make them cheap.
      swatchesOf(pack)
      return pack.tokenizer.describe(request.prompt)
    }
    case 'decode':
      return jobs.run(await packOf(packs, request.job.packId), request.job)
    case 'cancel':
      jobs.cancel(request.jobId)
      return null
    case 'acknowledge':
      return null
    case 'drawTokens': {
      const pack = await packOf(packs, request.packId)
      const pictures = []
      for (let first = 0; first < request.grids.length; first += drawGroup) {
        pictures.push(...(await drawGrids(pack, request.grids.slice(first, first + drawGroup))))
      }
      return { pictures }
    }
    case 'encodePicture':
      return encodePicture(await packOf(packs, request.packId), request.picture)
    case 'embedText':
      return { embedding: await embedText(await packOf(packs, request.packId), request.text) }
    case 'embedPicture': {
      checkPicture(request.picture)
      const [embedding] = await embedPictures(await packOf(packs, request.packId), [request.picture])
      if (embedding === undefined) throw new StudioError('internal', 'CLIP gave no embedding.')
      return { embedding }
    }
    case 'measureCache':
      return { layers: await measureCache(await packOf(packs, request.packId), request.prompt) }
    case 'upscale':
      return { picture: await upscaler.run(request.jobId, request.job) }
    case 'cancelUpscale':
      upscaler.cancel(request.jobId)
      return null
  }
}

async function keepLoading(packs: Packs, port: EnginePort, source: PackToLoad): Promise<LoadedPack> {
  const before = packs.get(source.packId)
  const loading = (async () => {
    await dispose(before)
    return loadPack(source, {
      threads: availableParallelism(),
      mayUseFewer: true,
      device: source.isCpuOnly === true ? 'cpu' : (process.env.EASEL_DEVICE ?? 'auto'),
      onTry: (device) => port.post({ type: 'trying', device }),
    })
  })()
  packs.set(source.packId, loading)
  try {
    return await loading
  } catch (error) {
    if (packs.get(source.packId) === loading) packs.delete(source.packId)
    throw error
  }
}

async function unload(packs: Packs, packId: PackId): Promise<void> {
  const pack = packs.get(packId)
  packs.delete(packId)
  await dispose(pack)
}

async function dispose(pack: Promise<LoadedPack> | undefined): Promise<void> {
  // A load that failed has nothing to give back, and has said so to who asked for it.
  const loaded = await pack?.catch(() => undefined)
  await loaded?.dispose()
}

async function loadedPacks(packs: Packs): Promise<NonNullable<EngineDescription['loaded']>> {
  const settled = await Promise.all(
    [...packs].map(async ([packId, pack]) => {
      // A load that fails has said so to who asked for it.
      const loaded = await pack.catch(() => null)
      return loaded === null ? [] : [{ packId, ...drawnOn(loaded) }]
    }),
  )
  return settled.flat()
}

function packOf(packs: Packs, packId: PackId): Promise<LoadedPack> {
  const pack = packs.get(packId)
  if (pack !== undefined) return pack
  const loaded = [...packs.keys()].join(', ') || 'none'
  throw new StudioError('packMissing', `The engine has not loaded the pack "${packId}" (loaded: ${loaded}).`)
}
