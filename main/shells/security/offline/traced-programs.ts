import { basename } from 'node:path'

/** What `strace -ff` wrote: the lines of each thread by its number. Wants `execve` and the calls that start processes and threads among them. */
export type Traces = ReadonlyMap<number, readonly string[]>

/** Which program each thread belongs to: the name of its file and, of Chromium's processes, their kind. */
export function programsOf(traces: Traces): ReadonlyMap<number, string> {
  const starters = new Map(
    [...traces].flatMap(([by, lines]) => lines.flatMap(readStarted).map((thread) => [thread, by])),
  )
  const executed = new Map([...traces].map(([thread, lines]) => [thread, lines.flatMap(readProgram).at(-1)]))
  const programs = new Map<number, string>()
  for (const thread of traces.keys()) {
    const program = findProgram(thread, starters, executed)
    if (program !== undefined) programs.set(thread, program)
  }
  return programs
}

/** What it was last started as itself, or else what started it. */
function findProgram(
  thread: number,
  starters: ReadonlyMap<number, number>,
  executed: ReadonlyMap<number, string | undefined>,
): string | undefined {
  const visited = new Set<number>()
  let kinds = ''
  for (let at: number | undefined = thread; at !== undefined && !visited.has(at); at = starters.get(at)) {
    visited.add(at)
    const [name, ...rest] = executed.get(at)?.split(' ') ?? []
    kinds ||= rest.join(' ')
    // A program that starts itself anew as /proc/self/exe is what started it.
    if (name !== undefined && name !== 'exe') return [name, kinds].filter(Boolean).join(' ')
  }
  return undefined
}

/** `clone(…, flags=…) = 12`, `clone3({flags=…}, 88) = 12`, `vfork() = 12`, `fork() = 12` */
function readStarted(line: string): readonly number[] {
  const found = /^(?:clone3?|v?fork)\(.*\)\s+= (\d+)$/.exec(line)
  return found === null ? [] : [Number(found[1])]
}

/** `execve("/usr/bin/node", ["node", "--type=utility", …], …) = 0` */
function readProgram(line: string): readonly string[] {
  const found = /^execve\("([^"]+)", \[(.*?)\](?:, |\.\.\.)/.exec(line)
  if (found === null || !line.endsWith(' = 0')) return []
  const [, path = '', words = ''] = found
  const kinds = [...words.matchAll(/"--(?:type|utility-sub-type)=([^"]+)"/g)].map(([, kind]) => kind ?? '')
  return [[basename(path), ...kinds].join(' ')]
}
