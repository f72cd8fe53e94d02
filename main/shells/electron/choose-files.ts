import type { Electron } from './electron-module.ts'

/** Files that checkpoints consist of. */
const extensions = [
  'pt',
  'pth',
  'bin',
  'ckpt',
  'pkl',
  'safetensors',
  'msgpack',
  'onnx',
  'json',
  'txt',
  'model',
  'bpe',
  'zip',
]

/** The native dialog for the files of a checkpoint. @returns absolute paths, none when it was closed */
export async function chooseImportFiles({
  dialog,
  BrowserWindow,
}: Pick<Electron, 'dialog' | 'BrowserWindow'>): Promise<readonly string[]> {
  const options = {
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'Checkpoints', extensions },
      { name: 'All files', extensions: ['*'] },
    ],
  } satisfies Electron.OpenDialogOptions
  const window = BrowserWindow.getFocusedWindow()
  const { filePaths } = await (window === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options))
  return filePaths
}
