import type { IncomingMessage } from 'node:http'

/** A body that cannot be taken, with the status that says why. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 415
  constructor(status: BodyError['status'], message: string) {
    super(message)
    this.status = status
  }
}

/**
 * The JSON object of a request. Only `application/json`: a form on another site cannot send it without a preflight,
 * which this host never answers.
 * @throws BodyError
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<Record<string, unknown>> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new BodyError(415, 'The body must be application/json.')
  if (request.headers['content-encoding'] !== undefined) throw new BodyError(415, 'The body must not be compressed.')
  const tooLong = new BodyError(413, `The body is longer than ${maxBytes} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLong

  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw tooLong
    chunks.push(chunk)
  }
  return parseObject(Buffer.concat(chunks))
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new BodyError(400, 'The body is not JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BodyError(400, 'The body must be a JSON object.')
  }
  return value as Record<string, unknown>
}
