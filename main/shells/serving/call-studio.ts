import type { CallName, StudioApi } from '#app/contract/studio-api.ts'

/** The one place where a name that came from outside picks a method: only names of `callNames` get here. */
export function callStudio(api: StudioApi, name: CallName, payload: unknown): Promise<unknown> {
  const calls = api as unknown as Record<CallName, (payload: unknown) => Promise<unknown>>
  return calls[name](payload)
}
