import { createContext } from 'svelte'

import { errorCodes, StudioError } from '#app/contract/errors.ts'
import { maxExportedPictures } from '#app/contract/browsing-calls.ts'
import type { GenerationRequest, GenerationSummary } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'
import { chooseStrings } from '#renderer/strings/choose-strings.ts'
import type { Strings } from '#renderer/strings/en.ts'
import type { LinkedTransport } from '#renderer/transport/linked-transport.ts'

import { Comparison } from './comparison.svelte.ts'
import { Connection } from './connection.svelte.ts'
import { Duplicates } from './duplicates.svelte.ts'
import { Draft, type Asked } from './draft.svelte.ts'
import { Editor } from './editor.svelte.ts'
import { Exporting } from './exporting.svelte.ts'
import { History } from './history.svelte.ts'
import { CheckpointImports } from './imports.svelte.ts'
import type { Keeper } from './keeping.ts'
import { Labels } from './labels.svelte.ts'
import { KeptThings } from './kept.svelte.ts'
import { LibraryCare } from './library-care.svelte.ts'
import { LibraryPages } from './library.svelte.ts'
import { Marks } from './marks.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Organiser } from './organiser.svelte.ts'
import { Packs } from './packs.svelte.ts'
import { Palette } from './palette.svelte.ts'
import { Panels } from './panels.svelte.ts'
import { Preferences, preferencesKey } from './preferences.svelte.ts'
import { QueueControl } from './queue.svelte.ts'
import { readBase64 } from './read-base64.ts'
import { Route } from './route.svelte.ts'
import { followEveryMs, Runs } from './runs.svelte.ts'
import { Selection } from './selection.svelte.ts'
import { Shortcuts } from './shortcuts.svelte.ts'
import { Toast } from './toast.svelte.ts'
import { Tour } from './tour.svelte.ts'
import { TokenMeter } from './token-meter.svelte.ts'
import { drawTwoPanels } from './two-panels.ts'
import { Viewer } from './viewer.svelte.ts'

/** All state of the page, made once in App.svelte, and the few verbs that touch more than one part of it. */
export class Studio {
  readonly notices = new Notices()
  readonly comparison = new Comparison()
  readonly palette = new Palette()
  readonly toast = new Toast()
  readonly selection = new Selection()
  readonly connection: Connection
  readonly preferences: Preferences
  readonly shortcuts: Shortcuts
  readonly route: Route
  readonly packs: Packs
  readonly imports: CheckpointImports
  readonly draft: Draft
  readonly runs: Runs
  readonly history: History
  readonly kept: KeptThings
  readonly marks: Marks
  readonly queue: QueueControl
  readonly organiser: Organiser
  readonly library: LibraryPages
  readonly viewer: Viewer
  readonly editor: Editor
  readonly panels: Panels
  readonly exporting: Exporting
  readonly labels: Labels
  readonly duplicates: Duplicates
  readonly care: LibraryCare
  readonly tour: Tour

  readonly #text = $derived.by((): Strings => chooseStrings(this.preferences.language, navigator.languages))

  constructor(transport: LinkedTransport, keeper: Keeper, page: Window) {
    this.connection = new Connection(transport)
    this.preferences = new Preferences(keeper, page.innerHeight >= 900)
    page.addEventListener('storage', ({ key }) => {
      if (key === preferencesKey) this.preferences.readAnew()
    })
    this.shortcuts = new Shortcuts(keeper, /mac|iphone|ipad/i.test(page.navigator.userAgent))
    this.route = new Route(page)
    this.packs = new Packs(this.connection, this.notices)
    this.imports = new CheckpointImports(this.connection)
    this.draft = new Draft(this.packs, new TokenMeter(this.connection.api), keeper)
    this.runs = new Runs(this.connection, this.notices, Date.now, followEveryMs)
    this.history = new History(this.connection, this.notices)
    this.kept = new KeptThings(this.connection, this.notices)
    this.marks = new Marks(this.connection, this.notices)
    this.organiser = new Organiser(this.connection, this.notices)
    this.queue = new QueueControl(this.connection, this.notices)
    this.library = new LibraryPages(this.connection, this.notices, this.marks)
    this.viewer = new Viewer(this.connection, this.notices)
    this.editor = new Editor(this.viewer, this.packs)
    this.panels = new Panels(this.connection, this.notices, this.draft, this.viewer, drawTwoPanels)
    this.exporting = new Exporting(this.connection, this.packs)
    this.labels = new Labels(this.connection, this.notices, keeper)
    this.duplicates = new Duplicates(this.connection, this.notices, this.marks)
    this.care = new LibraryCare(this.connection, this.notices)
    this.tour = new Tour(keeper, () => ({
      hasPrompt: this.draft.canGenerate,
      hasRun: this.runs.shown !== null && !(this.runs.shown.isEnded && this.runs.shown.pictures.length === 0),
      hasPictures: this.runs.shown !== null && this.runs.shown.isEnded && this.runs.shown.pictures.length > 0,
    }))
    this.connection.listen((event) => {
      if (event.type === 'engineRestarted')
        this.notices.report(new StudioError(event.error.code, event.error.message), true)
      if (event.type === 'generationEnded') this.#tellFailure(event.generation)
      if (event.type === 'libraryReplaced') void this.#readAnew()
    })
  }

  /** Everything the page says, in the language chosen. */
  get text(): Strings {
    return this.#text
  }

  async load(): Promise<void> {
    await Promise.all([this.packs.load(), this.runs.load(), this.history.load(), this.kept.load(), this.queue.load()])
    this.draft.measure()
    if (this.packs.default !== undefined) this.tour.offer(this.connection.info?.pictureCount ?? 0)
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
  copySettings(generation: Asked): void {
    this.draft.copyFrom(generation)
    this.viewer.close()
    this.route.go('create')
  }

  /** The upper third of a picture stays, the rest is drawn anew under the same words. */
  async drawMoreLike(picture: PictureDetail): Promise<void> {
    const { id, generation } = picture
    const { rows } = this.packs.placesOf(picture)
    await this.#startAndShow({
      prompt: generation.prompt,
      packId: generation.pack.id,
      candidates: generation.candidates,
      settings: generation.settings,
      imagePrompt: { pictureId: id, keep: { kind: 'rows', rows: Math.max(1, Math.round(rows / 3)) } },
    })
  }

  /** What the panels compose becomes the prompt, and is drawn at once if asked for. */
  async usePanels(isDrawnNow: boolean): Promise<void> {
    if (!(await this.panels.use())) return
    this.viewer.close()
    this.editor.close()
    this.route.go('create')
    if (isDrawnNow) await this.generate()
  }

  /** Half of a picture as part of the next prompt: its shapes for new colours, or its colours for new shapes. */
  promptWith(picture: PictureDetail, half: 'shapes' | 'colours'): void {
    const { rows } = this.packs.placesOf(picture)
    const isShapes = half === 'shapes'
    this.draft.imagePrompt = {
      pictureId: picture.id,
      keep: { kind: 'rows', rows: isShapes ? rows : 0 },
      isPaletteKept: !isShapes,
    }
    if (this.draft.prompt.trim() === '') this.draft.prompt = picture.prompt
    this.viewer.close()
    this.route.go('create')
  }

  /** Into the trash, and out of every list. */
  async remove(ids: readonly PictureId[]): Promise<void> {
    await this.marks.remove(ids)
    this.#dropFromLists(ids.filter((id) => this.marks.isInTrash(id)))
  }

  async restore(ids: readonly PictureId[]): Promise<void> {
    await this.marks.restore(ids)
    this.selection.drop(ids.filter((id) => !this.marks.isInTrash(id)))
  }

  async showSimilar(picture: PictureSummary): Promise<void> {
    this.viewer.close()
    this.route.go('library')
    await this.library.showLike(picture)
  }

  async showSeed(seed: number): Promise<void> {
    this.viewer.close()
    this.route.go('library')
    await this.library.show({ way: this.library.way, filter: { seed }, order: 'newest' })
  }

  /** A picture that Easel made brings its settings back; any other becomes a picture of the library. */
  async takeFile(file: File): Promise<void> {
    const receipt = await this.notices.guard(async () => {
      const base64 = await readBase64(file)
      return this.connection.api.readReceipt({ base64 })
    })
    if (receipt === undefined) return
    if (receipt === null) {
      if (this.draft.pack?.canEncode) await this.bringIn(file)
      return
    }
    this.copySettings(receipt)
    const t = this.text.toast
    const isPackThere = this.packs.find(receipt.pack.id) !== undefined
    const says = isPackThere ? t.restored : t.restoredOtherPack(`${receipt.pack.id} ${receipt.pack.version}`)
    const isWhole = receipt.imagePrompt !== null || !receipt.hadImagePrompt
    const useIt = { text: t.useAsPicture, act: () => void this.bringIn(file) }
    this.toast.show(isWhole ? says : t.restoredWithoutPicture, this.draft.pack?.canEncode ? useIt : null)
  }

  /** All pictures of the list, as far as that many can be worked on at once. */
  async chooseAll(): Promise<void> {
    const pictures = await this.notices.guard(() => this.library.listAll(maxExportedPictures))
    if (pictures !== undefined) this.selection.chooseAll(pictures)
  }

  /** A file from outside becomes a picture of the library, and what to keep of it is asked next. */
  async bringIn(file: File): Promise<void> {
    await this.notices.guard(async () => {
      const base64 = await readBase64(file)
      const packId = this.draft.pack?.id
      const encoded = await this.connection.api.importPicture({ name: file.name, base64, packId })
      this.viewer.learn(encoded.picture)
      await this.editor.open(encoded.picture, null, encoded.psnr)
    })
  }

  /** The same prompt and settings with a new seed: more candidates for the same idea. */
  async runAgain(generation: GenerationSummary): Promise<void> {
    await this.#startAndShow({
      prompt: generation.prompt,
      packId: generation.pack.id,
      candidates: generation.candidates,
      settings: generation.settings,
      imagePrompt: generation.imagePrompt ?? undefined,
    })
  }

  /** What is missing of a run that failed or was cancelled. */
  async retry(generation: GenerationSummary): Promise<void> {
    await this.queue.retry(generation.id)
  }

  /** The library was put right or brought back from a backup: what is shown may be of another one. */
  async #readAnew(): Promise<void> {
    this.viewer.close()
    this.selection.clear()
    await this.load()
    if (this.library.isLoaded) await this.library.load()
  }

  /** The easel shows the failure of its own run; one that is elsewhere must be told too. */
  #tellFailure({ id, error }: GenerationSummary): void {
    if (error === null || this.runs.shown?.generation.id === id) return
    const code = errorCodes.find((known) => known === error.code) ?? 'internal'
    this.notices.report(new StudioError(code, error.message))
  }

  async #startAndShow(request: GenerationRequest): Promise<void> {
    await this.notices.guard(async () => {
      const run = await this.runs.start(request)
      this.viewer.close()
      this.route.go('create')
      await this.runs.show(run.generation.id)
    })
  }

  #dropFromLists(ids: readonly PictureId[]): void {
    this.library.drop(ids)
    this.selection.drop(ids)
    if (this.viewer.picture !== null && ids.includes(this.viewer.picture.id)) this.viewer.close()
  }
}

export const [getStudio, setStudio] = createContext<Studio>()
