import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface StepTask {
  readonly batch: number
  /** Positions already in the cache. */
  readonly start: number
  readonly steps: number
}

/** PyTorch with the same weights, kept running so that both sides can be timed in turn. */
export interface TorchPeer {
  readonly version: string
  /** Milliseconds a step. */
  time(task: StepTask, dtype: 'float32' | 'bfloat16'): Promise<number>
  close(): void
}

/** @returns null when this machine has no PyTorch */
export async function startTorchPeer(weightsFolder: string, threads: number): Promise<TorchPeer | null> {
  const script = fileURLToPath(new URL('./torch_peer.py', import.meta.url))
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const child = spawn('/usr/bin/python3', [script, weightsFolder, String(threads)], {
    env: { ...process.env, PYTHONPATH: root, MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '17179869184' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  const first = await lines.next()
  if (first.done) return null
  return {
    version: (JSON.parse(first.value) as { torch: string }).torch,
    async time(task, dtype) {
      child.stdin.write(`${JSON.stringify({ ...task, dtype })}\n`)
      const answer = await lines.next()
      if (answer.done) throw new Error('PyTorch ended in the middle of a measurement.')
      return (JSON.parse(answer.value) as { ms: number }).ms
    },
    close: () => child.kill(),
  }
}
