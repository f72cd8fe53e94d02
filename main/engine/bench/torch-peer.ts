import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface StepTask {
  readonly batch: number
  /** Positions already in the cache. */
  readonly start: number
  readonly steps: number
  /** `cpu`: processor time of the process, which with one thread is what an idle machine would show on the wall. */
  readonly clock: 'wall' | 'cpu'
}

/** PyTorch with the same weights, kept running so that both sides can be timed in turn. */
export interface TorchPeer {
  readonly version: string
  /** Milliseconds a step; null when the process has ended, as one does that memory is short for. */
  time(task: StepTask, dtype: 'float32' | 'bfloat16'): Promise<number | null>
  close(): void
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const python = '/usr/bin/python3'

/** Threads that sleep while they wait, as the engine's do, and the allocator setting that suits PyTorch best. */
function environment(threads: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PYTHONPATH: root,
    OMP_NUM_THREADS: String(threads),
    OMP_WAIT_POLICY: 'passive',
    MALLOC_MMAP_MAX_: '0',
    MALLOC_TRIM_THRESHOLD_: '17179869184',
  }
}

/**
 * Seconds from prompt to 16 ranked pictures in PyTorch eager with a cache, on the shapes of a pack.
 * @returns null where there is no PyTorch, or models/training knows no size like the pack's
 */
export async function timeTorchRun(
  packFolder: string,
  threads: number,
  guidance: number,
  rounds: number,
): Promise<number | null> {
  const script = fileURLToPath(new URL('./torch_run.py', import.meta.url))
  const parameters = ['-B', script, packFolder, String(threads), String(guidance), String(rounds)]
  try {
    const { stdout } = await promisify(execFile)(python, parameters, { env: environment(threads) })
    return (JSON.parse(stdout) as { seconds: number | null }).seconds
  } catch {
    return null
  }
}

/** @returns null when this machine has no PyTorch */
export async function startTorchPeer(weightsFolder: string, threads: number): Promise<TorchPeer | null> {
  const script = fileURLToPath(new URL('./torch_peer.py', import.meta.url))
  const child = spawn(python, [script, weightsFolder, String(threads)], {
    env: environment(threads),
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
      if (answer.done) return null
      return (JSON.parse(answer.value) as { ms: number }).ms
    },
    close: () => child.kill(),
  }
}
