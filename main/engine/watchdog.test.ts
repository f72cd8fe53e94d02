import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { EngineEnvelope, EngineMessage } from '#app/contract/engine-protocol.ts'

import type { EngineChild } from './engine-child.ts'
import { EngineHost } from './host.ts'
import { Watchdog } from './watchdog.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('Watchdog', () => {
  it('calls back after silence, not after signs of life, and not when nothing is expected', () => {
    const stuck: number[] = []
    const watchdog = new Watchdog((seconds) => stuck.push(seconds), { loadSeconds: 10, stepSeconds: 3 })
    watchdog.expect('step')
    vi.advanceTimersByTime(2900)
    watchdog.hear()
    vi.advanceTimersByTime(2900)
    watchdog.expect('nothing')
    vi.advanceTimersByTime(60_000)
    expect(stuck).toEqual([])
    watchdog.expect('load')
    vi.advanceTimersByTime(9900)
    expect(stuck).toEqual([])
    vi.advanceTimersByTime(200)
    expect(stuck).toEqual([10])
  })

  it('bounds a load as a whole, and one beside a job by its silence', () => {
    const stuck: number[] = []
    const watchdog = new Watchdog((seconds) => stuck.push(seconds))
    watchdog.expect('both', 80)
    for (let beats = 0; beats < 10; beats++) {
      vi.advanceTimersByTime(70_000)
      watchdog.hear()
    }
    expect(stuck).toEqual([])
    watchdog.expect('load', 80)
    for (let beats = 0; beats < 4; beats++) {
      vi.advanceTimersByTime(25_000)
      watchdog.hear()
    }
    expect(stuck).toEqual([80])
  })
})

/** A process that answers loads and then falls silent. */
class SilentChild implements EngineChild {
  isKilled = false
  readonly heard: string[] = []
  #onMessage: (message: EngineMessage) => void = () => undefined
  post({ seq, request }: EngineEnvelope): void {
    this.heard.push(request.type)
    if (request.type === 'loadPack') this.#onMessage({ type: 'answer', seq, result: { seconds: 0, provider: 'cpu' } })
  }
  listen(onMessage: (message: EngineMessage) => void): void {
    this.#onMessage = onMessage
  }
  kill(): void {
    this.isKilled = true
  }
}

describe('EngineHost with a stuck process', () => {
  it('ends it, fails what waits with engineTimeout, and starts another that loads the packs again', async () => {
    const children: SilentChild[] = []
    const host = new EngineHost(
      () => {
        const child = new SilentChild()
        children.push(child)
        return child
      },
      { watchdog: { stepSeconds: 5 } },
    )
    await host.loadPack({ packId: 'p' as never, folder: '/nowhere', precision: 'fp32' })
    const stuck = expect(host.tokenize('p' as never, 'x')).rejects.toMatchObject({
      code: 'engineTimeout',
      message: 'The engine gave no sign for 5 s (tokenize) and was ended.',
    })
    await vi.advanceTimersByTimeAsync(5100)
    await stuck
    expect(children.map((child) => child.isKilled)).toEqual([true])
    const next = expect(host.tokenize('p' as never, 'x')).rejects.toMatchObject({ code: 'engineDied' })
    await host.close()
    await next
    expect(children.map((child) => child.heard)).toEqual([
      ['loadPack', 'tokenize'],
      ['loadPack', 'tokenize'],
    ])
  })
})
