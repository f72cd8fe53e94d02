import type {
  DecodeJob,
  EngineAnswers,
  EngineMessage,
  EngineRequest,
  PackToLoad,
  RgbPicture,
  UpscaleJob,
} from '#app/contract/engine-protocol.ts'
import { fromWireError, StudioError } from '#app/contract/errors.ts'
import type { LayerRanges } from '#app/domain/cache-ranges.ts'
import type { GenerationId, PackId } from '#app/domain/ids.ts'

import type { DecodeListener, Engine } from './engine.ts'
import type { EngineChild, SpawnEngine } from './engine-child.ts'
import { loadPatience } from './load-patience.ts'
import { ProgressQueue } from './progress-queue.ts'
import { Watchdog, type WatchdogOptions } from './watchdog.ts'

export interface EngineHostOptions {
  readonly watchdog?: Partial<WatchdogOptions>
  readonly log?: (level: 'info' | 'warn' | 'error', text: string) => void
}

type RequestOf<Type extends EngineRequest['type']> = Extract<EngineRequest, { readonly type: Type }>

interface Pending {
  readonly type: EngineRequest['type']
  /** Longest time the load may take, in seconds; 0 for other requests. */
  readonly patience: number
  resolve(result: EngineAnswers[keyof EngineAnswers]): void
  reject(error: Error): void
}

/**
 * The owner's side of the engine process. The process starts on first use; when it dies, everything it had to do fails
 * with `engineDied` (or `engineTimeout` when the watchdog ended it), and the next request starts another and loads
 * the packs again.
 */
export class EngineHost implements Engine {
  readonly #spawn: SpawnEngine
  readonly #log: NonNullable<EngineHostOptions['log']>
  readonly #watchdog: Watchdog
  readonly #pending = new Map<number, Pending>()
  readonly #progress = new Map<GenerationId, ProgressQueue>()
  /** What a new process must load before its first request. */
  readonly #packs = new Map<PackId, PackToLoad>()
  #child: EngineChild | null = null
  #seq = 0
  #upscales = 0
  /** The device that a load under way is trying. */
  #tried: string | null = null
  #isCpuOnly = false
  #isClosed = false

  constructor(spawn: SpawnEngine, options: EngineHostOptions = {}) {
    this.#spawn = spawn
    this.#log = options.log ?? (() => undefined)
    this.#watchdog = new Watchdog((seconds) => this.#onStuck(seconds), options.watchdog)
  }

  describe(): Promise<EngineAnswers['describe']> {
    return this.#ask({ type: 'describe' })
  }

  async loadPack(pack: PackToLoad): Promise<EngineAnswers['loadPack']> {
    this.#packs.delete(pack.packId)
    const asked = this.#isCpuOnly ? { ...pack, isCpuOnly: true } : pack
    try {
      const answer = await this.#ask({ type: 'loadPack', pack: asked })
      this.#packs.set(pack.packId, asked)
      return answer
    } catch (error) {
      const device = this.#tried
      this.#tried = null
      if (device === null || !isProcessEnd(error)) throw error
      // A driver that ends the process is not the pack's fault: from now on this host leaves devices alone.
      this.#isCpuOnly = true
      this.#log('warn', `The engine process ended while it tried ${device}. From now on everything runs on the CPU.`)
      return this.loadPack(pack)
    }
  }

  async unloadPack(packId: PackId): Promise<void> {
    this.#packs.delete(packId)
    if (this.#child !== null) await this.#ask({ type: 'unloadPack', packId })
  }

  tokenize(packId: PackId, prompt: string): Promise<EngineAnswers['tokenize']> {
    return this.#ask({ type: 'tokenize', packId, prompt })
  }

  async decode(job: DecodeJob, listener: DecodeListener, signal: AbortSignal): Promise<EngineAnswers['decode']> {
    if (signal.aborted) return { outcome: 'cancelled', seconds: { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 } }
    const queue = new ProgressQueue(listener, () => {
      this.#post({ type: 'acknowledge', jobId: job.jobId, count: 1 })
    })
    this.#progress.set(job.jobId, queue)
    const cancel = (): void => this.#post({ type: 'cancel', jobId: job.jobId })
    signal.addEventListener('abort', cancel, { once: true })
    queue.onFailure = cancel
    try {
      return await this.#ask({ type: 'decode', job })
    } finally {
      // What arrived before an end of any kind is still delivered, and a failure of the listener outranks the answer.
      await queue.drained().finally(() => {
        signal.removeEventListener('abort', cancel)
        this.#progress.delete(job.jobId)
      })
    }
  }

  async drawTokens(packId: PackId, grids: readonly Uint16Array[]): Promise<readonly RgbPicture[]> {
    return (await this.#ask({ type: 'drawTokens', packId, grids })).pictures
  }

  encodePicture(packId: PackId, picture: RgbPicture): Promise<EngineAnswers['encodePicture']> {
    return this.#ask({ type: 'encodePicture', packId, picture })
  }

  async embedText(packId: PackId, text: string): Promise<Float32Array> {
    return (await this.#ask({ type: 'embedText', packId, text })).embedding
  }

  async embedPicture(packId: PackId, picture: RgbPicture): Promise<Float32Array> {
    return (await this.#ask({ type: 'embedPicture', packId, picture })).embedding
  }

  async measureCache(packId: PackId, prompt: string): Promise<readonly LayerRanges[]> {
    return (await this.#ask({ type: 'measureCache', packId, prompt })).layers
  }

  async upscale(job: UpscaleJob, signal?: AbortSignal): Promise<RgbPicture | null> {
    if (signal?.aborted === true) return null
    const jobId = ++this.#upscales
    const cancel = (): void => this.#post({ type: 'cancelUpscale', jobId })
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      return (await this.#ask({ type: 'upscale', jobId, job })).picture
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#end(new StudioError('engineDied', 'The engine was closed.'))
    return Promise.resolve()
  }

  #ask<Type extends EngineRequest['type']>(request: RequestOf<Type>): Promise<EngineAnswers[Type]> {
    if (this.#isClosed) return Promise.reject(new StudioError('engineDied', 'The engine was closed.'))
    this.#start()
    return this.#send(request)
  }

  #send<Type extends EngineRequest['type']>(request: RequestOf<Type>): Promise<EngineAnswers[Type]> {
    const seq = ++this.#seq
    return new Promise((resolve, reject) => {
      const patience = 'pack' in request ? loadPatience(request.pack.folder) : 0
      this.#pending.set(seq, { type: request.type, patience, resolve: resolve as Pending['resolve'], reject })
      this.#watch()
      this.#child?.post({ seq, request: request })
    })
  }

  /** For messages nobody waits for. */
  #post(request: EngineRequest): void {
    this.#child?.post({ seq: ++this.#seq, request })
  }

  #start(): void {
    if (this.#child !== null) return
    const child = this.#spawn()
    this.#child = child
    child.listen(
      (message) => {
        if (this.#child === child) this.#onMessage(message)
      },
      (how) => {
        if (this.#child === child) this.#end(new StudioError('engineDied', `The engine process ended (${how}).`))
      },
    )
    for (const pack of this.#packs.values()) {
      // A pack that no longer loads is forgotten; the request that needs it says so.
      this.#send({ type: 'loadPack', pack }).catch(() => this.#packs.delete(pack.packId))
    }
  }

  #onMessage(message: EngineMessage): void {
    this.#watchdog.hear()
    switch (message.type) {
      case 'answer':
        if (this.#pending.get(message.seq)?.type === 'loadPack') this.#tried = null
        this.#settle(message.seq)?.resolve(message.result)
        break
      case 'failure':
        this.#settle(message.seq)?.reject(fromWireError(message.error))
        break
      case 'row':
        this.#progress.get(message.jobId)?.push((listener) => listener.onRow(message.row))
        break
      case 'candidate':
        this.#progress.get(message.jobId)?.push((listener) => listener.onCandidate(message.candidate))
        break
      case 'log':
        this.#log(message.level, message.text)
        break
      case 'ready':
        this.#log('info', `ONNX Runtime ${message.runtimeVersion}`)
        break
      case 'trying':
        this.#tried = message.device
        break
      case 'alive':
        break
    }
  }

  #settle(seq: number): Pending | undefined {
    const pending = this.#pending.get(seq)
    this.#pending.delete(seq)
    this.#watch()
    return pending
  }

  #watch(): void {
    const patience = [...this.#pending.values()].reduce((sum, pending) => sum + pending.patience, 0)
    const isDecoding = this.#progress.size > 0
    if (this.#pending.size === 0) this.#watchdog.expect('nothing')
    else if (patience === 0) this.#watchdog.expect('step')
    else this.#watchdog.expect(isDecoding ? 'both' : 'load', patience)
  }

  #onStuck(seconds: number): void {
    const types = [...this.#pending.values()].map((pending) => pending.type).join(', ')
    this.#end(new StudioError('engineTimeout', `The engine gave no sign for ${seconds} s (${types}) and was ended.`))
  }

  #end(error: StudioError): void {
    const child = this.#child
    this.#child = null
    child?.kill()
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    this.#watchdog.expect('nothing')
    for (const { reject } of pending) reject(error)
  }
}

function isProcessEnd(error: unknown): boolean {
  return error instanceof StudioError && (error.code === 'engineDied' || error.code === 'engineTimeout')
}
