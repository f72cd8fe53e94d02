/** Of one piece of work, in milliseconds: by the clock on the wall, and of this process's processor time alone. */
export interface Sample {
  readonly wall: number
  readonly cpu: number
}

/** On a machine that does other work too, the wall clock says how busy it is; processor time, what the work costs. */
export interface Timing {
  readonly median: number
  readonly p95: number
  readonly cpuMedian: number
  readonly cpuP95: number
}

export function timingOf(samples: readonly Sample[]): Timing {
  const at = (values: readonly number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0
  const [wall, cpu] = [samples.map((sample) => sample.wall), samples.map((sample) => sample.cpu)]
  return { median: at(wall, 0.5), p95: at(wall, 0.95), cpuMedian: at(cpu, 0.5), cpuP95: at(cpu, 0.95) }
}

/** Call what it returns when the work is done. */
export function startClock(): () => Sample {
  const cpu = process.cpuUsage()
  const start = performance.now()
  return () => {
    const wall = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    return { wall, cpu: (user + system) / 1000 }
  }
}

export function time(work: () => unknown): Sample {
  const stop = startClock()
  work()
  return stop()
}
