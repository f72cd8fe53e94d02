import type { PageFile } from '../../serving/page-files.ts'
import { FakeStudio } from '../../testing/fake-studio.ts'
import { fakePage } from '../../testing/fake-page.ts'
import type { exposeBridge } from '../bridge.ts'
import type { startElectronShell } from '../shell.ts'
import type { FakeContents } from './fake-contents.ts'
import { FakeElectron } from './fake-electron.ts'
import { FakeSession } from './fake-session.ts'

/** The code under test: the shell's own, or a deliberately broken copy of it. */
export interface ShellCode {
  readonly startElectronShell: typeof startElectronShell
  readonly exposeBridge: typeof exposeBridge
}

/** A shell wired over fakes, with its window open. */
export interface FakeShell {
  readonly electron: FakeElectron
  readonly studio: FakeStudio
  readonly contents: FakeContents
  /** The session of the window. */
  readonly session: FakeSession
  readonly code: ShellCode
}

/** Nothing written, nothing opened, no network. */
export const quietOptions = {
  version: '0.1.0',
  log: { write: () => undefined, tail: () => ['a line of the log'], path: '/logs/easel-electron.log' },
  words: [],
  fetch: () => Promise.reject(new Error('There is no network here.')),
} as const

export async function startFakeShell(
  code: ShellCode,
  userData: string,
  page: ReadonlyMap<string, PageFile> = fakePage,
): Promise<FakeShell> {
  const electron = new FakeElectron(userData)
  const studio = new FakeStudio()
  await code.startElectronShell(electron.module, {
    openStudio: () => Promise.resolve(studio),
    readPage: () => page,
    preloadFile: '/easel/out/preload/preload.cjs',
    ...quietOptions,
  })
  const [window] = electron.windows
  const session: unknown = window?.options.webPreferences?.session
  if (window === undefined || !(session instanceof FakeSession))
    throw new Error('The shell opened no window of its own.')
  return { electron, studio, contents: window.webContents, session, code }
}
