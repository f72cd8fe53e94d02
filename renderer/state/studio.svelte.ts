import { createContext } from 'svelte'

import type { GenerationSummary } from '#app/domain/generation.ts'
import { chooseStrings } from '#renderer/strings/choose-strings.ts'
import type { Strings } from '#renderer/strings/en.ts'
import type { LinkedTransport } from '#renderer/transport/linked-transport.ts'

import { Comparison } from './comparison.svelte.ts'
import { Connection } from './connection.svelte.ts'
import { Draft } from './draft.svelte.ts'
import { Editor } from './editor.svelte.ts'
import { History } from './history.svelte.ts'
import type { Keeper } from './keeping.ts'
import { LibraryPages } from './library.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Packs } from './packs.svelte.ts'
import { Palette } from './palette.svelte.ts'
import { Preferences } from './preferences.svelte.ts'
import { Route } from './route.svelte.ts'
import { Runs } from './runs.svelte.ts'
import { Shortcuts } from './shortcuts.svelte.ts'
import { TokenMeter } from './token-meter.svelte.ts'
import { Viewer } from './viewer.svelte.ts'

/** All state of the page, made once in App.svelte, and the few verbs that touch more than one part of it. */
export class Studio {
  readonly notices = new Notices()
  readonly comparison = new Comparison()
  readonly palette = new Palette()
  readonly connection: Connection
  readonly preferences: Preferences
  readonly shortcuts: Shortcuts
  readonly route: Route
  readonly packs: Packs
  readonly draft: Draft
  readonly runs: Runs
  readonly history: History
  readonly library: LibraryPages
  readonly viewer: Viewer
  readonly editor: Editor

  readonly #text = $derived.by((): Strings => chooseStrings(this.preferences.language, navigator.languages))

  constructor(transport: LinkedTransport, keeper: Keeper, page: Window) {
    this.connection = new Connection(transport)
    this.preferences = new Preferences(keeper, page.innerHeight >= 900)
    this.shortcuts = new Shortcuts(keeper, /mac|iphone|ipad/i.test(page.navigator.userAgent))
    this.route = new Route(page)
    this.packs = new Packs(this.connection, this.notices)
    this.draft = new Draft(this.packs, new TokenMeter(this.connection.api), keeper)
    this.runs = new Runs(this.connection, this.notices)
    this.history = new History(this.connection, this.notices)
    this.library = new LibraryPages(this.connection, this.notices)
    this.viewer = new Viewer(this.connection, this.notices)
    this.editor = new Editor(this.viewer)
  }

  /** Everything the page says, in the language chosen. */
  get text(): Strings {
    return this.#text
  }

  async load(): Promise<void> {
    await Promise.all([this.packs.load(), this.runs.load(), this.history.load()])
    this.draft.measure()
  }

  /** One run for each prompt the variables stand for; the first goes on the easel. */
  async generate(): Promise<void> {
    if (!this.draft.canGenerate) return
    await this.notices.guard(async () => {
      let isFirst = true
      for (const request of this.draft.requests()) {
        const run = await this.runs.start(request)
        if (isFirst) await this.runs.show(run.generation.id)
        isFirst = false
      }
      this.route.go('create')
    })
  }

  /** The settings of a run into the composer; what is on the easel stays. */
  copySettings(generation: GenerationSummary): void {
    this.draft.copyFrom(generation)
    this.viewer.close()
    this.route.go('create')
  }

  /** The same prompt and settings with a new seed: more candidates for the same idea. */
  async runAgain(generation: GenerationSummary): Promise<void> {
    await this.notices.guard(async () => {
      const run = await this.runs.start({
        prompt: generation.prompt,
        packId: generation.pack.id,
        candidates: generation.candidates,
        settings: generation.settings,
        imagePrompt: generation.imagePrompt ?? undefined,
      })
      await this.runs.show(run.generation.id)
      this.route.go('create')
    })
  }
}

export const [getStudio, setStudio] = createContext<Studio>()
