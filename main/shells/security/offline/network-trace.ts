import { programsOf, type Traces } from './traced-programs.ts'

/** Loopback, as strace writes addresses. */
const loopback = [/inet_addr\("127\.\d+\.\d+\.\d+"\)/, /inet_pton\(AF_INET6, "(?:::1|::ffff:127\.\d+\.\d+\.\d+)"/]

/**
 * How Chromium finds out whether there is a route for IPv6: it connects a datagram socket to this one address, which sends nothing, and closes it.
 * No flag keeps it from that.
 */
const routeProbe = /^connect\(\d+, \{sa_family=AF_INET6, .*inet_pton\(AF_INET6, "2001:4860:4860::8888"/

/** A call that would have left this machine, whether it succeeded or not. */
export interface Attempt {
  /** What the process that made it was started as. */
  readonly program: string
  readonly call: string
}

/**
 * Calls that go to an address of the internet other than loopback. Sockets of the machine itself (AF_UNIX, AF_NETLINK) and disconnects (AF_UNSPEC) are
 * no attempts.
 */
export function attemptsToLeave(traces: Traces): readonly Attempt[] {
  const isAttempt = (line: string): boolean => isOutward(line) && !routeProbe.test(line)
  const programs = programsOf(traces)
  return [...traces].flatMap(([thread, lines]) =>
    lines.filter(isAttempt).map((call) => ({ program: programs.get(thread) ?? 'unknown', call })),
  )
}

/** A call to an address of the internet other than loopback. */
function isOutward(line: string): boolean {
  return /^(?:connect|send\w+)\(.*sa_family=AF_INET6?\b/.test(line) && !loopback.some((own) => own.test(line))
}

/**
 * How many attempts the kernel of a namespace without routes has counted beyond those that a traced `connect` explains: datagrams that are sent
 * without one.
 * @param counters `/proc/net/snmp` and `/proc/net/snmp6`
 */
export function untracedAttempts(counters: string, traces: Traces): number {
  const [names = '', values = ''] = counters.split('\n').filter((line) => line.startsWith('Ip: '))
  const column = names.split(' ').indexOf('OutNoRoutes')
  const counted = [Number(values.split(' ')[column]), Number(/^Ip6OutNoRoutes\s+(\d+)$/m.exec(counters)?.[1])]
  // The route probe counts too.
  const explained = [...traces.values()].flat().filter((line) => isOutward(line) && line.includes(' = -1 ENETUNREACH'))
  const ofFamily = ['AF_INET', 'AF_INET6'].map(
    (family) => explained.filter((line) => line.includes(`sa_family=${family},`)).length,
  )
  return counted.reduce((sum, count, place) => sum + Math.max(0, count - (ofFamily[place] ?? 0)), 0)
}

/** How many attempts each program made. */
export function countByProgram(attempts: readonly Attempt[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { program } of attempts) counts.set(program, (counts.get(program) ?? 0) + 1)
  return counts
}

/**
 * Requests of a page for anything but this machine, by Chromium's own log of its network. What Chromium asks for by itself has no page as its initiator.
 * @param lines of a net log: one event each
 */
export function foreignRequests(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    if (!/"initiator":"(?:https?|app):/.test(line)) return []
    const url = /"url":"([^"]+)"/.exec(line)?.[1] ?? ''
    const isOwn = /^(?:https?|wss?):\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?(?:\/|$)|^(?:blob|data):/.test(
      url,
    )
    return isOwn || url === '' ? [] : [url]
  })
}
