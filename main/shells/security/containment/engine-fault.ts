/** Ways in which the engine process comes to an end. */
export const engineFaults = [
  'segmentation fault',
  'abort',
  'out of memory',
  'killed',
  'endless step',
  'endless load',
] as const
export type EngineFault = (typeof engineFaults)[number]

/** Names the fault to the process that is to have it. */
export const faultVariable = 'EASEL_TEST_ENGINE_FAULT'

/** Ends this very process, or never returns. */
export function haveFault(fault: EngineFault): never {
  switch (fault) {
    case 'segmentation fault':
      process.kill(process.pid, 'SIGSEGV')
      return wait()
    case 'abort':
      return process.abort()
    case 'killed':
      // What the system does to the largest process when memory runs out.
      process.kill(process.pid, 'SIGKILL')
      return wait()
    case 'out of memory':
      return fillHeap()
    case 'endless step':
    case 'endless load':
      return wait()
  }
}

/** As a native call that does not come back; but a process that nobody ends must not stay for ever. */
function wait(): never {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 180_000)
  process.exit(1)
}

/** V8 ends a process whose heap is full. */
function fillHeap(): never {
  const kept: unknown[] = []
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index })))
}

/** What the process must be started with to have the fault: a small heap is full before the rest of the machine feels it. */
export function faultEnvironment(fault: EngineFault): Readonly<Record<string, string>> {
  return { [faultVariable]: fault, ...(fault === 'out of memory' ? { NODE_OPTIONS: '--max-old-space-size=96' } : {}) }
}
