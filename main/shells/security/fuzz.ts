import type { IncomingMessage } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'

import { uuidPattern } from '#app/domain/ids.ts'
import { callNames } from '#app/contract/studio-api.ts'
import { checkRequest } from '../browser/request-check.ts'
import { doorReply, StudioRoutes } from '../browser/routes.ts'
import { handleCalls } from '../electron/calls.ts'
import { answerPage, answerResource } from '../electron/protocols.ts'
import { FakeContents } from '../electron/testing/fake-contents.ts'
import { FakeElectron } from '../electron/testing/fake-electron.ts'
import { foreignEvents, pageEvent } from '../electron/testing/fake-frame.ts'
import { readPageFiles, type PageFile } from '../serving/page-files.ts'
import { FakeStudio } from '../testing/fake-studio.ts'
import { messages, methods, targets, urls } from './fuzz-inputs.ts'

export interface FuzzReport {
  readonly inputs: number
  /** What got out or threw; at most twenty are kept. */
  readonly escapes: readonly string[]
}

const secret = 'SECRET'
const port = 4000

/**
 * Random addresses and messages against the doors of both shells. An escape is: bytes from outside the page's folder, an id that is none,
 * a call that is not in the contract or not sent by the page, or anything thrown.
 * @param inputs of each of the three kinds
 */
export async function fuzzShells(inputs: number, seed: number): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-fuzz-'))
  try {
    const page = readPageFiles(makePageFolder(folder))
    const escapes: string[] = []
    for (const url of fc.sample(urls, { numRuns: inputs, seed }))
      await collect(escapes, url, () => tryProtocols(url, page))
    const requests = fc.sample(fc.tuple(targets, methods), { numRuns: inputs, seed })
    for (const [target, method] of requests) await collect(escapes, target, () => tryLoopback(target, method, page))
    const calls = makeCaller()
    for (const args of fc.sample(messages, { numRuns: inputs, seed })) await collect(escapes, args, () => calls(args))
    return { inputs: inputs * 3, escapes }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function collect(escapes: string[], input: unknown, run: () => Promise<string | undefined>): Promise<void> {
  const problem = await run().catch((error: unknown) => `threw ${String(error)}`)
  if (problem !== undefined && escapes.length < 20) escapes.push(`${problem}: ${describe(input)}`)
}

function describe(input: unknown): string {
  return typeof input === 'string' ? JSON.stringify(input).slice(0, 200) : fc.stringify(input).slice(0, 200)
}

/** A page folder with secrets around it, one of them behind a link in the folder. */
function makePageFolder(folder: string): string {
  const page = join(folder, 'page')
  mkdirSync(join(page, 'assets'), { recursive: true })
  writeFileSync(join(page, 'index.html'), 'page')
  writeFileSync(join(page, 'assets/index.js'), 'page')
  writeFileSync(join(folder, 'secret.txt'), secret)
  writeFileSync(join(folder, 'secret.html'), secret)
  symlinkSync(join(folder, 'secret.html'), join(page, 'link.html'))
  return page
}

function studioWithOnePicture(): FakeStudio {
  const studio = new FakeStudio()
  const bytes = new TextEncoder().encode('picture')
  studio.resources.set('picture/01890a5d-ac96-774b-bcce-b302099a8057', { bytes, type: 'image/png' })
  return studio
}

function badId(studio: FakeStudio): string | undefined {
  const isBad = studio.asked.some(
    (asked) => !uuidPattern.test(asked.kind === 'picture' ? asked.id : asked.generationId),
  )
  return isBad ? 'an id that is none' : undefined
}

async function tryProtocols(url: string, page: ReadonlyMap<string, PageFile>): Promise<string | undefined> {
  const studio = studioWithOnePicture()
  const request = { method: 'GET', url }
  const responses = [answerPage(request, page, () => 'crashed'), await answerResource(request, studio)]
  for (const response of responses) {
    if (response.status !== 200 && response.status !== 404) return `status ${response.status}`
    if ((await response.text()).includes(secret)) return 'bytes from outside'
    if (response.headers.get('x-content-type-options') !== 'nosniff') return 'headers are missing'
  }
  return badId(studio)
}

async function tryLoopback(
  url: string,
  method: string,
  page: ReadonlyMap<string, PageFile>,
): Promise<string | undefined> {
  const host = `127.0.0.1:${port}`
  const headers = { host, origin: `http://${host}`, 'content-type': 'application/json' }
  const request = Object.assign(Readable.from([Buffer.from('{}')]), {
    url,
    method,
    headers,
    rawHeaders: [],
  }) as unknown as IncomingMessage
  if (checkRequest(request, port) !== undefined) return undefined
  const studio = studioWithOnePicture()
  const reply = doorReply(url, host) ?? (await new StudioRoutes(studio, page).reply(request))
  if (Buffer.from(reply.body ?? '').includes(secret)) return 'bytes from outside'
  const { calls } = studio
  if (method !== 'POST' && calls.length > 0) return `${method} reached the studio`
  if (calls.some(({ name }) => `/api/${name}` !== url)) return 'another call than asked for'
  return badId(studio)
}

/** Sends each message from the page and from everybody else. */
function makeCaller(): (args: readonly unknown[]) => Promise<string | undefined> {
  const electron = new FakeElectron(tmpdir())
  const studio = new FakeStudio()
  const contents = new FakeContents()
  handleCalls(electron.module, studio, (id) => id === contents.id)
  const foreign = [...foreignEvents(contents).values()]
  let turn = 0
  return async (args) => {
    const before = studio.calls.length
    const stranger = foreign[turn++ % foreign.length]
    const refused = JSON.stringify(await electron.invoke('easel:call', stranger, ...args))
    if (studio.calls.length > before || !refused.includes('"notAllowed"')) return 'a stranger was answered'

    const answer = await electron.invoke('easel:call', pageEvent(contents), ...args)
    if (typeof answer !== 'object' || answer === null || !('result' in answer || 'error' in answer)) return 'no answer'
    const call = studio.calls.at(-1)
    if (studio.calls.length === before || call === undefined) return undefined
    studio.calls.length = 0
    const isListed = callNames.includes(call.name) && call.name === args[0] && args.length === 2
    return isListed ? undefined : `called ${call.name}`
  }
}
