/**
 * Weights that lie in the processor's cache: operators on them are over before a second thread that sleeps between two of them has woken up
 * (main/engine/README.md).
 */
const smallBytes = 32 * 2 ** 20

export interface ThreadSettings {
  /** Threads inside one operator. */
  readonly threads: number
  /** Whether a small transformer takes one thread instead, which is faster. Never changes a token. */
  readonly mayUseFewer?: boolean
}

/** @param bytes of the transformer and its weights */
export function transformerThreads(bytes: number, { threads, mayUseFewer = false }: ThreadSettings): number {
  return mayUseFewer && bytes < smallBytes ? 1 : threads
}
