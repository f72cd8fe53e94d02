import type { Server } from 'node:http'

import { StudioError } from '#app/contract/errors.ts'

const tries = 5

/**
 * Listens on 127.0.0.1 and, where the machine has it, on [::1] with the same port: `localhost` may mean either, and a stranger's
 * program must not sit on the other one.
 * @param create makes a server that does not listen yet.
 * @param port 0 = any that is free on both.
 * @throws StudioError `invalidRequest` when the port is taken
 */
export async function listenOnLoopback(create: () => Server, port: number): Promise<readonly Server[]> {
  for (let attempt = 1; ; attempt++) {
    const first = create()
    try {
      const actualPort = await listen(first, '127.0.0.1', port)
      const second = await listenOnIpv6(create(), actualPort)
      return second === undefined ? [first] : [first, second]
    } catch (error) {
      first.close()
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE' && port === 0 && attempt < tries) continue
      if (code === 'EADDRINUSE')
        throw new StudioError('invalidRequest', `Port ${port} is taken. Use another --port, or none.`)
      if (code === 'EACCES') throw new StudioError('invalidRequest', `Port ${port} is not allowed. Use 1024 to 65535.`)
      throw error
    }
  }
}

async function listenOnIpv6(server: Server, port: number): Promise<Server | undefined> {
  try {
    await listen(server, '::1', port)
    return server
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'ENETUNREACH') return undefined
    throw error
  }
}

function listen(server: Server, host: '127.0.0.1' | '::1', port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
