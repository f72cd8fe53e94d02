import { readdirSync, readFileSync } from 'node:fs'

/** What a process holds at a moment. Zeros where the system does not tell. */
export interface SoakSample {
  readonly minute: number
  /** Resident, of the studio's process. */
  readonly megabytes: number
  readonly heapMegabytes: number
  /** Outside the heap of JavaScript: buffers, and WebAssembly memory. */
  readonly externalMegabytes: number
  readonly descriptors: number
  readonly engineMegabytes: number
  readonly engineDescriptors: number
  /** Used by the studio's process since it began. */
  readonly cpuSeconds: number
}

export function takeSample(minute: number, enginePid: number | undefined): SoakSample {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const megabytes = (bytes: number) => bytes / 2 ** 20
  return {
    minute,
    megabytes: megabytes(rss),
    heapMegabytes: megabytes(heapUsed),
    externalMegabytes: megabytes(external + arrayBuffers),
    descriptors: countDescriptors('self'),
    engineMegabytes: enginePid === undefined ? 0 : residentMegabytes(enginePid),
    engineDescriptors: enginePid === undefined ? 0 : countDescriptors(String(enginePid)),
    cpuSeconds: (user + system) / 1e6,
  }
}

/** Slope of the line of least squares through the samples, per hour. */
export function leastSquaresPerHour(samples: readonly SoakSample[], of: (one: SoakSample) => number): number {
  const mean = (value: (one: SoakSample) => number) =>
    samples.reduce((sum, one) => sum + value(one), 0) / samples.length
  const [x, y] = [mean((one) => one.minute), mean(of)]
  const above = samples.reduce((sum, one) => sum + (one.minute - x) * (of(one) - y), 0)
  const below = samples.reduce((sum, one) => sum + (one.minute - x) ** 2, 0)
  return below === 0 ? 0 : (above / below) * 60
}

function countDescriptors(process: string): number {
  try {
    return readdirSync(`/proc/${process}/fd`).length
  } catch {
    return 0
  }
}

function residentMegabytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) / 1024
  } catch {
    return 0
  }
}
