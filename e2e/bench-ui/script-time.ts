/** An event of Chromium's tracing; times in microseconds. */
export interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  /** Of the processor, where `dur` is of the clock. */
  readonly tdur?: number
}

export interface ScriptTimes {
  /** Milliseconds of script in each frame, by the clock. */
  readonly framesMs: readonly number[]
  /** The same by the processor: what it would be on a machine with nothing else to do. */
  readonly framesCpuMs: readonly number[]
  readonly longTasks: readonly LongTask[]
}

/** What a task of the main thread spends its time on; `other` is what has no name here, and waiting for a processor. */
export const causes = ['script', 'layout', 'paint', 'commit', 'other'] as const
export type Cause = (typeof causes)[number]

/** A task of more than 50 ms by the clock. */
export interface LongTask {
  readonly ms: number
  /** Of the processor. */
  readonly cpuMs: number
  /** Milliseconds by the clock. */
  readonly spent: Readonly<Record<Cause, number>>
}

/** Whether the page itself took that long. `commit` waits for the thread that draws, which on a machine without a GPU is busy with pixels. */
export function isOwn({ spent }: LongTask): boolean {
  return spent.script + spent.layout + spent.paint > longTaskMs
}

const scriptNames = new Set([
  'FunctionCall',
  'EvaluateScript',
  'EventDispatch',
  'FireAnimationFrame',
  'RunMicrotasks',
  'TimerFire',
  'v8.callFunction',
])
const causeOf = new Map<string, Cause>([
  ...[...scriptNames, 'MinorGC', 'MajorGC', 'V8.GCScavenger'].map((name) => [name, 'script'] as const),
  ...['UpdateLayoutTree', 'Layout', 'HitTest'].map((name) => [name, 'layout'] as const),
  ...['PrePaint', 'Paint', 'Layerize'].map((name) => [name, 'paint'] as const),
  ['Commit', 'commit'],
])
/** The beginning of a frame on the main thread: script, style, layout and paint follow. */
const isFrame = ({ name, ph }: TraceEvent): boolean => name === 'AnimationFrame' && ph === 'b'
export const longTaskMs = 50

/** What script of the page cost in each frame of its main thread: from one frame's beginning to the next. */
export function scriptTimes(events: readonly TraceEvent[]): ScriptTimes {
  const thread = mainThreadOf(events)
  const mine = events.filter(({ pid, tid }) => `${pid}/${tid}` === thread).sort((a, b) => a.ts - b.ts)
  const frames = mine.filter(isFrame).map(({ ts }) => ts)
  const framesMs = new Array<number>(Math.max(0, frames.length - 1)).fill(0)
  const framesCpuMs = [...framesMs]
  // Calls within calls are counted once.
  let countedTo = 0
  let frame = 0
  for (const { name, ph, ts, dur = 0, tdur = dur } of mine) {
    if (ph !== 'X' || !scriptNames.has(name)) continue
    const from = Math.max(ts, countedTo)
    const time = ts + dur - from
    if (time <= 0) continue
    countedTo = ts + dur
    while (frame + 1 < frames.length && (frames[frame + 1] ?? 0) <= from) frame += 1
    if (frame >= framesMs.length || from < (frames[frame] ?? Infinity)) continue
    framesMs[frame] = (framesMs[frame] ?? 0) + time / 1000
    framesCpuMs[frame] = (framesCpuMs[frame] ?? 0) + (time / 1000) * (tdur / dur)
  }
  return { framesMs, framesCpuMs, longTasks: longTasksOf(mine) }
}

/** @param events of one thread, by their beginnings */
function longTasksOf(events: readonly TraceEvent[]): readonly LongTask[] {
  const tasks = events.filter(({ name, ph, dur = 0 }) => ph === 'X' && name === 'RunTask' && dur / 1000 > longTaskMs)
  return tasks.map((task) => {
    const end = task.ts + (task.dur ?? 0)
    const spent = { script: 0, layout: 0, paint: 0, commit: 0, other: 0 }
    // What happens within something else belongs to that.
    let countedTo = task.ts
    for (const { name, ph, ts, dur = 0 } of events) {
      const cause = causeOf.get(name)
      if (cause === undefined || ph !== 'X' || ts < countedTo || ts >= end) continue
      spent[cause] += dur / 1000
      countedTo = ts + dur
    }
    const ms = (task.dur ?? 0) / 1000
    const named = spent.script + spent.layout + spent.paint + spent.commit
    return { ms, cpuMs: (task.tdur ?? task.dur ?? 0) / 1000, spent: { ...spent, other: ms - named } }
  })
}

/** The thread with the most frames: other tabs and workers have none. */
function mainThreadOf(events: readonly TraceEvent[]): string | undefined {
  const counts = new Map<string, number>()
  for (const event of events.filter(isFrame)) {
    const thread = `${event.pid}/${event.tid}`
    counts.set(thread, (counts.get(thread) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
}

/** The value below which a share of the values lies; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN
}
