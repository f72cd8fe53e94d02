import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'

import { listenOnLoopback } from './listen.ts'

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

async function listen(port: number): Promise<readonly Server[]> {
  const servers = await listenOnLoopback(() => createServer(), port)
  open.push(...servers)
  return servers
}

function addresses(servers: readonly Server[]): readonly unknown[] {
  return servers.map((server) => server.address())
}

test('it listens on loopback only, with one port for both kinds', async () => {
  const servers = await listen(0)
  const [first] = addresses(servers) as [{ port: number }]
  expect(addresses(servers)).toEqual(
    [
      { address: '127.0.0.1', family: 'IPv4', port: first.port },
      { address: '::1', family: 'IPv6', port: first.port },
    ].slice(0, servers.length),
  )
})

test('a taken port is told, and what to do', async () => {
  const [server] = await listen(0)
  const { port } = server?.address() as { port: number }
  await expect(listen(port)).rejects.toMatchObject({
    code: 'invalidRequest',
    message: `Port ${port} is taken. Use another --port, or none.`,
  })
})
