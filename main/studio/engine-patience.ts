import { StudioError } from '#app/contract/errors.ts'
import type { WatchdogOptions } from '#main/engine/watchdog.ts'

import type { Environment } from './data-folder.ts'

/**
 * Limits of the engine's watchdog that the environment sets: `EASEL_LOAD_SECONDS` for a load as a whole, `EASEL_STEP_SECONDS` for silence otherwise.
 * @throws StudioError `invalidRequest` for anything but 1 to 86 400
 */
export function enginePatience(environment: Environment): Partial<WatchdogOptions> {
  const load = secondsOf(environment, 'EASEL_LOAD_SECONDS')
  const step = secondsOf(environment, 'EASEL_STEP_SECONDS')
  return { ...(load === undefined ? {} : { loadSeconds: load }), ...(step === undefined ? {} : { stepSeconds: step }) }
}

function secondsOf(environment: Environment, name: string): number | undefined {
  const text = environment[name] ?? ''
  if (text === '') return undefined
  const seconds = Number(text)
  if (/^\d{1,5}$/.test(text) && seconds >= 1 && seconds <= 86_400) return seconds
  throw new StudioError('invalidRequest', `${name} is "${text}"; allowed are whole seconds from 1 to 86400.`)
}
