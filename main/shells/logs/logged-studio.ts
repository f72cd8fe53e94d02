import { toWireError } from '#app/contract/errors.ts'
import { createApi, type CallName, type StudioApi, type StudioEvent } from '#app/contract/studio-api.ts'
import { callStudio } from '../serving/call-studio.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import type { LogDetails, LogLevel } from './log-file.ts'
import type { ShellLog } from './shell-log.ts'

/** Calls that only look; they are written down when they fail. */
const looking = /^(?:get|list|find|count|tokenize|read)/

/** The same studio with its calls and the ends of its jobs written to the log. */
export function logStudio(studio: StudioServer, log: ShellLog): StudioServer {
  studio.subscribe((event) => {
    const line = lineOf(event)
    if (line !== undefined) log.write(line.level, event.type, line.details)
  })
  const api: StudioApi = createApi({ invoke: (name, payload) => callLogged(studio.api, log, name, payload) })
  return {
    api,
    subscribe: (listener) => studio.subscribe(listener),
    readResource: (resource) => studio.readResource(resource),
    close: () => studio.close(),
  }
}

async function callLogged(api: StudioApi, log: ShellLog, name: CallName, payload: unknown): Promise<unknown> {
  log.remember(payload)
  const start = performance.now()
  const details = (): LogDetails => ({
    name,
    ms: Math.round(performance.now() - start),
    ...(log.hasPrompts ? { payload: JSON.stringify(payload) } : {}),
  })
  try {
    const result = await callStudio(api, name, payload)
    if (!looking.test(name)) log.write('info', 'call', details())
    return result
  } catch (error) {
    const { code, message } = toWireError(error)
    log.write(code === 'internal' ? 'error' : 'warn', 'callFailed', { ...details(), code, message })
    throw error
  }
}

function lineOf(event: StudioEvent): { readonly level: LogLevel; readonly details: LogDetails } | undefined {
  switch (event.type) {
    case 'engineRestarted':
      return { level: 'warn', details: { generationId: event.generationId, ...event.error } }
    case 'generationEnded': {
      const { id, state, candidates, finishedCandidates, pack, seconds, error } = event.generation
      const details = {
        ...{ generationId: id, state, candidates, finishedCandidates, pack: pack.id },
        ...(seconds === null ? {} : { decodeSeconds: seconds.decode }),
        ...(error === null ? {} : { code: error.code, message: error.message }),
      }
      return { level: state === 'failed' ? 'error' : 'info', details }
    }
    default:
      return undefined
  }
}
