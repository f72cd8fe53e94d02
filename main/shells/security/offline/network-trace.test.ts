import { expect, test } from 'vitest'

import { attemptsToLeave, countByProgram, foreignRequests, untracedAttempts } from './network-trace.ts'

const own = [
  'connect(21, {sa_family=AF_INET, sin_port=htons(4000), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
  'connect(22, {sa_family=AF_INET6, sin6_port=htons(4000), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
  'connect(5, {sa_family=AF_UNIX, sun_path="/run/dbus/system_bus_socket"}, 110) = -1 ENOENT (No such file or directory)',
  'sendto(7, [{nlmsg_len=20, nlmsg_type=RTM_GETADDR}], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20',
  'sendmsg(9, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="x", iov_len=1}]}, 0) = 1',
  'connect(4, {sa_family=AF_UNSPEC}, 16) = 0',
  'connect(24, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2001:4860:4860::8888", &sin6_addr)}, 28) = -1 ENETUNREACH',
]
const leaving = [
  'connect(21, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("142.250.1.1")}, 16) = -1 ENETUNREACH (Network is unreachable)',
  'connect(21, {sa_family=AF_INET6, sin6_port=htons(53), inet_pton(AF_INET6, "2001:4860:4860::8844", &sin6_addr)}, 28) = -1 ENETUNREACH',
  'sendto(30, "\\1\\0", 2, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}, 16) = -1 ENETUNREACH',
  'connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.127.0.1")}, 16) = -1 ENETUNREACH',
]

test('calls to other machines are told from calls to this one', () => {
  const attempts = attemptsToLeave(new Map([[7, [...own, ...leaving]]]))
  expect(attempts).toEqual(leaving.map((call) => ({ program: 'unknown', call })))
})

test('an attempt is laid at the door of the program whose thread made it', () => {
  const [call = ''] = leaving
  const traces = new Map([
    [
      10,
      [
        'execve("/opt/node", ["/opt/node", "test"], 0x7ffe /* 9 vars */) = 0',
        'vfork() = 20',
        'clone3({flags=CLONE_VM|CLONE_THREAD, stack_size=0x100}, 88) = 11',
      ],
    ],
    [11, [call]],
    [
      20,
      [
        'execve("/usr/local/bin/chromium", ["chromium"], 0x7ffe /* 9 vars */) = -1 ENOENT (No such file or directory)',
        'execve("/usr/lib/chromium/chromium", ["/usr/lib/chromium/chromium", "--headless"...], 0x7ffe /* 9 vars */) = 0',
        'clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 30',
      ],
    ],
    [
      30,
      [
        'execve("/proc/self/exe", ["/proc/self/exe", "--type=utility", "--utility-sub-type=network.mojom.NetworkService"], 0x7ffe /* 9 vars */) = 0',
        'clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD, parent_tid=[31]) = 31',
      ],
    ],
    [31, [call, call]],
    [99, [call]],
  ])
  const counts = countByProgram(attemptsToLeave(traces))
  expect([...counts]).toEqual([
    ['node', 1],
    ['chromium utility network.mojom.NetworkService', 2],
    ['unknown', 1],
  ])
})

test('what the kernel counted and no call explains is an attempt too', () => {
  const counters = (v4: number, v6: number): string =>
    `Ip: Forwarding DefaultTTL OutNoRoutes ReasmTimeout\nIp: 1 64 ${v4} 0\nIcmp: InMsgs\nIcmp: 0\nIp6InReceives\t3\nIp6OutNoRoutes\t${v6}\n`
  const traces = new Map([[7, [...own, ...leaving]]])
  // Four calls that leave and one route probe.
  expect(untracedAttempts(counters(3, 2), traces)).toBe(0)
  expect(untracedAttempts(counters(5, 2), traces)).toBe(2)
  expect(untracedAttempts('', traces)).toBeNaN()
})

const event = (initiator: string, url: string): string =>
  `{"params":{"initiator":"${initiator}","method":"GET","url":"${url}"},"phase":1,"source":{"id":7,"type":1},"time":"1","type":104},`

test('requests of a page for other machines are told from its own, and from those of the browser itself', () => {
  const page = 'http://127.0.0.1:4000'
  const lines = [
    event(page, `${page}/api/listPacks`),
    event(page, 'ws://127.0.0.1:4000/events'),
    event(page, 'blob:http://127.0.0.1:4000/1'),
    event('not an origin', 'https://update.example/'),
    event(page, 'https://evil.example/?x'),
    event(page, 'http://127.0.0.1.evil.example/'),
    event(page, 'http://10.0.0.1/'),
  ]
  expect(foreignRequests(lines)).toEqual([
    'https://evil.example/?x',
    'http://127.0.0.1.evil.example/',
    'http://10.0.0.1/',
  ])
})
