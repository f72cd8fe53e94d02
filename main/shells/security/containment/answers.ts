import { setTimeout } from 'node:timers/promises'

import { startBrowserHost, type BrowserHost } from '../../browser/host.ts'
import type { PageFile } from '../../serving/page-files.ts'
import type { StudioServer } from '../../serving/studio-server.ts'
import { requestText, sendRaw } from '../../testing/raw-http.ts'

const pauseMs = 25

/** Asks a studio something small over and over, through the loopback host as a page does, and notes how long it took to answer. */
export class Answers {
  readonly host: BrowserHost
  slowestMs = 0
  failed = 0
  #isAsking = true
  #asking = Promise.resolve()

  private constructor(host: BrowserHost) {
    this.host = host
  }

  static async start(studio: StudioServer, page: ReadonlyMap<string, PageFile>): Promise<Answers> {
    const answers = new Answers(await startBrowserHost({ studio, page }))
    const cookie = await answers.#letIn()
    answers.#asking = answers.#ask(cookie)
    return answers
  }

  async close(): Promise<void> {
    this.#isAsking = false
    await this.#asking
    await this.host.close()
  }

  async #letIn(): Promise<string> {
    const code = new URL(this.host.address).hash.slice('#code='.length)
    const answer = await this.#post('/session', JSON.stringify({ code }), {})
    return answer.headers['set-cookie']?.split(';')[0] ?? ''
  }

  async #ask(cookie: string): Promise<void> {
    while (this.#isAsking) {
      const start = performance.now()
      const { status } = await this.#post('/api/getStudioInfo', '{}', { Cookie: cookie })
      this.slowestMs = Math.max(this.slowestMs, performance.now() - start)
      if (status !== 200) this.failed++
      await setTimeout(pauseMs)
    }
  }

  #post(url: string, body: string, headers: Readonly<Record<string, string>>) {
    const host = `127.0.0.1:${this.host.port}`
    const all = { Host: host, Origin: `http://${host}`, 'Content-Type': 'application/json', ...headers }
    return sendRaw(this.host.port, requestText('POST', url, all, body))
  }
}
