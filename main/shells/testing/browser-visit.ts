import { startBrowserHost, type BrowserHost, type BrowserHostOptions } from '../browser/host.ts'
import { fakePage } from './fake-page.ts'
import { FakeStudio } from './fake-studio.ts'
import { requestText, sendRaw, type RawAnswer } from './raw-http.ts'

/** A host with a fake studio, and a browser that has been let in. */
export class BrowserVisit {
  readonly host: BrowserHost
  readonly studio: FakeStudio
  cookie = ''

  private constructor(host: BrowserHost, studio: FakeStudio) {
    this.host = host
    this.studio = studio
  }

  static async start(options: Partial<BrowserHostOptions> = {}): Promise<BrowserVisit> {
    const studio = new FakeStudio()
    const visit = new BrowserVisit(await startBrowserHost({ studio, page: fakePage, ...options }), studio)
    const answer = await visit.exchange(visit.code)
    visit.cookie = answer.headers['set-cookie']?.split(';')[0] ?? ''
    return visit
  }

  get code(): string {
    return new URL(this.host.address).hash.slice('#code='.length)
  }

  /** Headers as the studio's own page sends them. */
  get headers(): Record<string, string> {
    const host = `127.0.0.1:${this.host.port}`
    return { Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin', Cookie: this.cookie }
  }

  exchange(code: unknown): Promise<RawAnswer> {
    return this.post('/session', JSON.stringify({ code }))
  }

  get(url: string, headers: Readonly<Record<string, string>> = this.headers): Promise<RawAnswer> {
    return this.send('GET', url, headers)
  }

  post(url: string, body: string, headers: Readonly<Record<string, string>> = this.headers): Promise<RawAnswer> {
    return this.send('POST', url, { 'Content-Type': 'application/json', ...headers }, body)
  }

  send(method: string, url: string, headers: Readonly<Record<string, string>>, body = ''): Promise<RawAnswer> {
    return sendRaw(this.host.port, requestText(method, url, headers, body))
  }

  /** Headers of the page with some changed; undefined leaves one out. */
  headersWith(changes: Readonly<Record<string, string | undefined>>): Record<string, string> {
    const merged: Record<string, string | undefined> = { ...this.headers, ...changes }
    return Object.fromEntries(
      Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
  }

  close(): Promise<void> {
    return this.host.close()
  }
}
