import { exposeBridge } from '../bridge.ts'
import { openDesktopStudio } from '../open-desktop-studio.ts'
import { startElectronShell } from '../shell.ts'
import type { ShellCode } from './start-fake-shell.ts'

/** The shell as it is, not a broken copy of it. */
export const shellCode: ShellCode = { startElectronShell, exposeBridge, openDesktopStudio }
