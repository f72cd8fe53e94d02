import type { StudioInfo } from '#app/contract/studio-api.ts'
import type { Engine } from '#main/engine/engine.ts'
import type { StoredLibrary } from '#main/library/library.ts'

import type { EventHub } from './events.ts'
import type { PackLoader } from './pack-loader.ts'
import type { Packs } from './packs-port.ts'
import type { Previews } from './previews.ts'
import type { Progress } from './progress.ts'
import type { Quarantine } from './quarantine.ts'
import type { Queue } from './queue.ts'

export type WithOwnEngine = <T>(work: (engine: Engine) => Promise<T>) => Promise<T>

export type StudioLog = (level: 'info' | 'warn' | 'error', text: string) => void

/** What the use cases work with: the three rooms the studio owns, and the state of this session. */
export interface StudioParts {
  readonly library: StoredLibrary
  readonly engine: Engine
  readonly packs: Packs
  readonly loader: PackLoader
  readonly quarantine: Quarantine
  readonly events: EventHub
  readonly progress: Progress
  readonly previews: Previews
  readonly queue: Queue
  readonly log: StudioLog
  /** The newest lines of the shell's log, oldest first. */
  readonly recentLog: (lines: number) => readonly string[]
  readonly version: string
  readonly shell: StudioInfo['shell']
  /** Runs `work` with an engine process of its own, which ends with it: what it loads and draws disturbs no job. Absent = there is none. */
  readonly withOwnEngine?: WithOwnEngine | undefined
  /** False where nobody looks: drawing previews costs the engine about a tenth of its time. */
  readonly isPreviewWanted: boolean
  /** A fresh seed, 0 … 2^31 − 1. */
  readonly drawSeed: () => number
}
