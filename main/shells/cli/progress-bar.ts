import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'

import type { CliContext } from './context.ts'

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
  let rowsDone = 0
  let rowsInAll = Infinity
  let finished = 0
  let drawnAt = -Infinity
  const stages = new Set<string>()

  function line(): string {
    const part = finished > 0 ? finished / candidates : Math.min(1, rowsDone / rowsInAll)
    const filled = Math.round(part * barColumns)
    const bar = '█'.repeat(filled) + '░'.repeat(barColumns - filled)
    const stage = finished > 0 ? `finishing pictures ${finished}/${candidates}` : `drawing ${candidates} candidates`
    return `${bar} ${String(Math.round(part * 100)).padStart(3)} %  ${stage}`
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
        rowsInAll = event.rows * candidates
        announce(`Drawing ${candidates} candidates …`)
      }
      if (event.type === 'candidateFinished') {
        finished += 1
        announce('Finishing pictures …')
      }
      redraw(finished === candidates)
    },
    end() {
      if (context.terminalColumns !== null) context.writeErr('\r\u001b[K')
    },
  }
}
