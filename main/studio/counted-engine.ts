import type { PackId } from '#app/domain/ids.ts'
import type { Engine } from '#main/engine/engine.ts'

/** An engine that knows which packs its calls are using now. */
export interface CountedEngine {
  readonly engine: Engine
  isUsed(id: PackId): boolean
}

/** So that a pack is never unloaded under a call. */
export function countUses(engine: Engine): CountedEngine {
  const uses = new Map<PackId, number>()
  async function using<Result>(id: PackId, call: () => Promise<Result>): Promise<Result> {
    uses.set(id, (uses.get(id) ?? 0) + 1)
    try {
      return await call()
    } finally {
      uses.set(id, (uses.get(id) ?? 1) - 1)
    }
  }
  return {
    isUsed: (id) => (uses.get(id) ?? 0) > 0,
    engine: {
      describe: () => engine.describe(),
      loadPack: (pack) => using(pack.packId, () => engine.loadPack(pack)),
      unloadPack: (id) => engine.unloadPack(id),
      tokenize: (id, prompt) => using(id, () => engine.tokenize(id, prompt)),
      decode: (job, listener, signal) => using(job.packId, () => engine.decode(job, listener, signal)),
      drawTokens: (id, grids) => using(id, () => engine.drawTokens(id, grids)),
      encodePicture: (id, picture) => using(id, () => engine.encodePicture(id, picture)),
      embedText: (id, text) => using(id, () => engine.embedText(id, text)),
      embedPicture: (id, picture) => using(id, () => engine.embedPicture(id, picture)),
      measureCache: (id, prompt) => using(id, () => engine.measureCache(id, prompt)),
      upscale: (job, signal) => using(job.packId, () => engine.upscale(job, signal)),
      close: () => engine.close(),
    },
  }
}
