import type { ServerResponse } from 'node:http'

import type { ErrorCode, WireError } from '#app/contract/errors.ts'
import type { CallAnswer } from '#app/contract/call-answer.ts'
import { bytesPolicy } from '../serving/content-security-policy.ts'
import { cacheNever, commonHeaders } from '../serving/response-headers.ts'
import { safeJson } from '../serving/safe-json.ts'

export interface Reply {
  readonly status: number
  readonly type?: string
  readonly body?: string | Uint8Array
  /** Default: never. */
  readonly cache?: string
  /** Content-Security-Policy; default: may do nothing. */
  readonly policy?: string
  readonly headers?: Readonly<Record<string, string>>
}

const statuses: Readonly<Record<ErrorCode, number>> = {
  invalidRequest: 400,
  notAllowed: 403,
  notFound: 404,
  packInvalid: 422,
  packMissing: 409,
  outOfMemory: 507,
  engineDied: 500,
  engineTimeout: 500,
  libraryDamaged: 500,
  libraryReadOnly: 409,
  libraryLocked: 409,
  storageFull: 507,
  storageFailed: 500,
  internal: 500,
}

export function callReply(answer: CallAnswer): Reply {
  const status = 'error' in answer ? statuses[answer.error.code] : 200
  return { status, type: 'application/json; charset=utf-8', body: safeJson(answer) }
}

/** A refusal, in the same form as a failed call, so that a page needs one way to read both. */
export function errorReply(status: number, code: ErrorCode, message: string): Reply {
  const error: WireError = { code, name: 'StudioError', message }
  return { status, type: 'application/json; charset=utf-8', body: safeJson({ error }) }
}

export function send(response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body
  response.writeHead(reply.status, {
    ...commonHeaders,
    'Content-Security-Policy': reply.policy ?? bytesPolicy,
    'Cache-Control': reply.cache ?? cacheNever,
    ...(reply.type === undefined ? {} : { 'Content-Type': reply.type }),
    ...(reply.status === 204 ? {} : { 'Content-Length': String(body?.length ?? 0) }),
    ...reply.headers,
  })
  response.end(body)
}
