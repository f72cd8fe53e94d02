import type { ShellLog } from '../logs/shell-log.ts'
import type { DesktopStudio } from './desktop-studio.ts'
import type { Electron } from './electron-module.ts'

/** A pack file was opened in the file manager: asks, installs, and says how it went. Never rejects. */
export async function installPackFile(
  { dialog }: Pick<Electron, 'dialog'>,
  studio: Pick<DesktopStudio, 'installPackFile'>,
  file: string,
  log: Pick<ShellLog, 'write'>,
  onInstalled: () => void,
): Promise<void> {
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: 'Install this pack?',
    detail: `${file}\n\nA pack is a model. Its files are checked and run in a process of their own; an installed pack of the same name is replaced.`,
    buttons: ['Cancel', 'Install'],
    defaultId: 0,
    cancelId: 0,
  })
  if (response !== 1) return
  try {
    const { name, version } = await studio.installPackFile(file)
    onInstalled()
    await dialog.showMessageBox({ type: 'info', message: `${name} ${version} is installed.` })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    log.write('warn', 'packRefused', { message })
    dialog.showErrorBox('The pack was not installed', message)
  }
}
