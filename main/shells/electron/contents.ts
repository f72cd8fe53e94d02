import type { Electron } from './electron-module.ts'
import { openLink } from './external-links.ts'
import { pageUrl } from './addresses.ts'

/** For every page that ever comes to be: it stays where it is, opens no windows and holds no other pages. */
export function hardenContents({ app, shell }: Pick<Electron, 'app' | 'shell'>): void {
  app.on('web-contents-created', (_created, contents) => {
    contents.on('will-navigate', (details) => {
      if (details.url !== pageUrl) details.preventDefault()
    })
    contents.on('will-frame-navigate', (details) => {
      if (!details.isMainFrame || details.url !== pageUrl) details.preventDefault()
    })
    contents.on('will-redirect', (details) => details.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      openLink({ shell }, url)
      return { action: 'deny' }
    })
  })
}
