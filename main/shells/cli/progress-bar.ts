import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'

import type { CliContext } from './context.ts'
import { countCandidates } from './counts.ts'

const barColumns = 24
/** Not more often than an eye can follow. */
const redrawMs = 80

/** What standard error shows while one generation runs: a bar on a terminal, one line per stage elsewhere. */
export interface ProgressBar {
  show(event: StudioEvent): void
  /** Clears the bar. */
  end(): void
}

export function createProgressBar(context: CliContext, generation: GenerationSummary): ProgressBar {
  const { candidates } = generation
  const open = candidates - generation.finishedCandidates
  let rowsDone = 0
  let rowsInAll = Infinity
  let finished = 0
  let drawnAt = -Infinity
  const stages = new Set<string>()

  function line(): string {
    // A picture to finish counts as one more row.
    const part = Math.min(1, (rowsDone + finished) / (rowsInAll + open))
    const filled = Math.round(part * barColumns)
    const bar = '█'.repeat(filled) + '░'.repeat(barColumns - filled)
    const percent = String(Math.floor(part * 100)).padStart(3)
    return `${bar} ${percent} %  ${generation.finishedCandidates + finished} of ${countCandidates(candidates)}`
  }

  function redraw(isForced: boolean): void {
    if (context.terminalColumns === null) return
    const now = performance.now()
    if (!isForced && now - drawnAt < redrawMs) return
    drawnAt = now
    context.writeErr(`\r\u001b[K${line().slice(0, context.terminalColumns - 1)}`)
  }

  function announce(stage: string): void {
    if (context.terminalColumns !== null || stages.has(stage)) return
    stages.add(stage)
    context.writeErr(`${stage}\n`)
  }

  return {
    show(event) {
      if (event.type === 'generationStarted') announce('Loading the pack …')
      if (event.type === 'rowFinished') {
        rowsDone += event.count
        rowsInAll = event.rows * open
        announce(`Drawing ${countCandidates(open)} …`)
      }
      if (event.type === 'candidateFinished') {
        finished += 1
        announce('Finishing pictures …')
      }
      redraw(finished === open)
    },
    end() {
      if (context.terminalColumns !== null) context.writeErr('\r\u001b[K')
    },
  }
}
