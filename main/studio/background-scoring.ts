import { readFile } from 'node:fs/promises'

import type { RescoringState } from '#app/contract/library-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PackReference } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'

import { decodePictureFile } from './decode-picture-file.ts'
import type { StudioParts } from './parts.ts'
import { isEngineDeath } from './quarantine.ts'

/** Pictures looked up at once. */
const batch = 32
/** Label scores in one transaction: a few milliseconds. */
const labelSlice = 1000
const announceEveryMs = 1000

/**
 * What is done while nothing is drawn: pictures are scored by the chosen CLIP pack, and compared with the labels. What
 * is stored stays, so that it goes on after a restart; the scores of other packs are not touched.
 */
export interface BackgroundScoring {
  state(): RescoringState
  /** There may be something to do again. Does not wait for it. */
  wake(): void
  /** Resolves when nothing is left to do, or when it stands still (`state().error`). */
  whenDone(): Promise<void>
  /** Begins nothing more before `wake`; resolves when the picture at hand is done. */
  pause(): Promise<void>
}

type Parts = Pick<StudioParts, 'library' | 'engine' | 'loader' | 'events' | 'log' | 'queue'>

export function createBackgroundScoring(parts: Parts): BackgroundScoring {
  const { library, events, log, queue } = parts
  const failed = new Set<PictureId>()
  let error: string | null = null
  let isPaused = false
  let isAsked = false
  let work: Promise<void> | undefined
  let announcedMs = -Infinity

  function state(): RescoringState {
    const pack = library.readClipPack()
    const { scored, waiting } = pack === null ? { scored: 0, waiting: 0 } : library.countScored(pack)
    return { chosen: pack?.id ?? null, isRunning: work !== undefined, scored, waiting, failed: failed.size, error }
  }

  function announce(isFinal: boolean): void {
    if (!isFinal && performance.now() - announcedMs < announceEveryMs) return
    announcedMs = performance.now()
    try {
      events.emit({ type: 'rescoringChanged', rescoring: state() })
    } catch (cause) {
      log('warn', `How far the scoring is could not be said: ${messageOf(cause)}`)
    }
  }

  async function scoreAll(pack: PackReference): Promise<void> {
    const prompts = rememberLast((prompt: string) => parts.engine.embedText(pack.id, prompt))
    let before: PictureId | undefined
    while (library.countScored(pack).waiting > failed.size) {
      const waiting = library.listUnscored(pack, batch, before)
      if (waiting.length === 0) return
      for (const { id, prompt } of waiting) {
        before = id
        await queue.whenIdle()
        // Another pack may have been chosen meanwhile, or the window closes.
        if (isPaused || library.readClipPack()?.sha256 !== pack.sha256) return
        if (failed.has(id)) continue
        await parts.loader.load(pack.id, pack)
        await scoreOne(pack, id, await prompts(prompt))
        announce(false)
      }
    }
  }

  async function scoreOne(pack: PackReference, id: PictureId, words: Float32Array): Promise<void> {
    try {
      const { width, height } = library.getPicture(id)
      const picture = await decodePictureFile(await readFile(library.pictureFile(id)), { width, height })
      const embedding = await parts.engine.embedPicture(pack.id, picture)
      library.addScore(pack, id, { score: dot(words, embedding), embedding })
    } catch (cause) {
      failed.add(id)
      if (isEngineDeath(cause)) throw cause
      log('warn', `Picture ${id} could not be scored: ${messageOf(cause)}`)
    }
  }

  /** Words that were compared under another pack are compared under the chosen one too. */
  async function scoreLabels(pack: PackReference | null): Promise<void> {
    if (pack !== null) {
      const labels = library.listLabels()
      const known = new Set(labels.filter(({ sha256 }) => sha256 === pack.sha256).map(({ name }) => name))
      for (const name of new Set(labels.map((label) => label.name))) {
        if (known.has(name) || isPaused) continue
        await parts.loader.load(pack.id, pack)
        library.scoreLabel(pack, { name, embedding: await parts.engine.embedText(pack.id, name) }, 1)
      }
    }
    while (!isPaused && library.scoreKeptLabels(labelSlice) === labelSlice) {
      announce(false)
      await queue.whenIdle()
    }
  }

  async function run(): Promise<void> {
    try {
      error = null
      const pack = library.readClipPack()
      if (pack !== null) await scoreAll(pack)
      if (!isPaused) await scoreLabels(pack)
    } catch (cause) {
      if (isEngineDeath(cause)) parts.loader.forget()
      error = messageOf(cause)
      if (!isPaused) log('warn', `Pictures could not be scored in the background: ${error}`)
    }
  }

  function wake(): void {
    isPaused = false
    isAsked = true
    if (library.access === 'read') return
    work ??= (async () => {
      while (isAsked && !isPaused) {
        isAsked = false
        await run()
      }
    })().finally(() => {
      work = undefined
      if (!isPaused) announce(true)
    })
  }

  return {
    state,
    wake,
    async whenDone() {
      while (work !== undefined) await work
    },
    async pause() {
      isPaused = true
      await work
    },
  }
}

/** Candidates of one run share their prompt, and come one after another. */
function rememberLast(embed: (text: string) => Promise<Float32Array>): (text: string) => Promise<Float32Array> {
  let last: { readonly text: string; readonly embedding: Float32Array } | undefined
  return async (text) => {
    if (last?.text !== text) last = { text, embedding: await embed(text) }
    return last.embedding
  }
}

/** Cosine of two normalised embeddings. */
function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length)
    throw new StudioError('packInvalid', 'Words and pictures have embeddings of other lengths.')
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
