import type { HelpCalls } from '#app/contract/help-calls.ts'

import { writeBugReport } from '../bug-report.ts'
import { engineFacts, libraryFacts, machineFacts, packFacts } from '../facts.ts'
import type { StudioParts } from '../parts.ts'

const logLines = 300

export function makeBugReport(parts: StudioParts): HelpCalls['makeBugReport'] {
  return async () => {
    const facts = [
      ...machineFacts(parts.version),
      ...(await engineFacts(parts.engine)),
      ...(await packFacts(parts.packs)),
      ...libraryFacts(parts.library),
    ]
    return { text: writeBugReport({ at: new Date(), facts, log: parts.recentLog(logLines) }) }
  }
}
