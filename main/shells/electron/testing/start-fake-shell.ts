import { FakeStudio } from '../../testing/fake-studio.ts'
import { fakePage } from '../../testing/fake-page.ts'
import type { exposeBridge } from '../bridge.ts'
import type { openDesktopStudio } from '../open-desktop-studio.ts'
import type { ElectronShellOptions, startElectronShell } from '../shell.ts'
import type { FakeContents } from './fake-contents.ts'
import { FakeElectron } from './fake-electron.ts'
import { FakeSession } from './fake-session.ts'

/** The code under test: the shell's own, or a deliberately broken copy of it. */
export interface ShellCode {
  readonly startElectronShell: typeof startElectronShell
  readonly exposeBridge: typeof exposeBridge
  readonly openDesktopStudio: typeof openDesktopStudio
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

/** @param options what is otherwise than quiet */
export async function startFakeShell(
  code: ShellCode,
  userData: string,
  options: Partial<ElectronShellOptions> = {},
  electron = new FakeElectron(userData),
): Promise<FakeShell> {
  const studio = new FakeStudio()
  await code.startElectronShell(electron.module, {
    openStudio: () => Promise.resolve(studio),
    readPage: () => fakePage,
    preloadFile: '/easel/out/preload/preload.cjs',
    ...quietOptions,
    ...options,
  })
  const [window] = electron.windows
  const session: unknown = window?.options.webPreferences?.session
  if (window === undefined || !(session instanceof FakeSession))
    throw new Error('The shell opened no window of its own.')
  return { electron, studio, contents: window.webContents, session, code }
}
