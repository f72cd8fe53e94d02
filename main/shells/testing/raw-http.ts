import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Opens a connection and sends text as it is: what a hostile client does and `fetch` will not. */
export async function openRaw(port: number, text: string, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect(port, host)
  socket.on('error', () => socket.destroy())
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.write(text)
  return socket
}

/** Sends text and reads until the other side closes; status 0 when it closes without a word. */
export async function sendRaw(port: number, text: string, host = '127.0.0.1'): Promise<RawAnswer> {
  const socket = await openRaw(port, text, host)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise((resolve) => socket.once('close', resolve))
  return parseAnswer(Buffer.concat(chunks).toString('utf8'))
}

/** One request as text; `Connection: close` and the length of the body are added. */
export function requestText(method: string, url: string, headers: Readonly<Record<string, string>>, body = ''): string {
  const all = {
    ...headers,
    Connection: 'close',
    ...(body === '' || 'Transfer-Encoding' in headers ? {} : { 'Content-Length': `${Buffer.byteLength(body)}` }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...headerLines] = text.slice(0, Math.max(end, 0)).split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of headerLines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body: text.slice(end + 4) }
}
