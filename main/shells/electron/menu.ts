import type { MenuItemConstructorOptions } from 'electron'

import type { Electron } from './electron-module.ts'
import { openLink } from './external-links.ts'

/** The application menu, with the shortcuts people know from their system. */
export function setMenu(
  electron: Pick<Electron, 'Menu' | 'shell'>,
  isDevelopment: boolean,
  platform = process.platform,
): void {
  const template = menuTemplate((url) => openLink(electron, url), isDevelopment, platform)
  electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(template))
}

export function menuTemplate(
  open: (url: string) => void,
  isDevelopment: boolean,
  platform: NodeJS.Platform,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin'
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ]
  const tools: MenuItemConstructorOptions[] = [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }]
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    { role: 'fileMenu' },
    { role: 'editMenu' },
    { label: '&View', submenu: isDevelopment ? [...view, ...tools] : view },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { label: 'The paper behind Easel', click: () => open('https://arxiv.org/abs/2102.12092') },
        ...(isMac ? [] : [{ role: 'about' } as const]),
      ],
    },
  ]
}
