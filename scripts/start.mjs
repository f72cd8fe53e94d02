// npm start: installs what is missing, builds, opens the studio.
import { join } from 'node:path'
import { buildElectron, buildRenderer } from './build.mjs'
import { ensureElectron } from './electron.mjs'
import { installPackages, projectEnvironment, projectNode } from './install.mjs'
import { become, root } from './process.mjs'

const args = process.argv.slice(2)
await installPackages()

// --headless, --port and --browser are wishes that only the browser shell can grant.
const isBrowserWanted = args.some(
  (arg) => ['--browser', '--headless', '--help'].includes(arg) || arg.startsWith('--port'),
)
const reason = isBrowserWanted ? 'asked for' : await ensureElectron()
if (reason === undefined) {
  await buildElectron()
  console.error('Opening Easel in Electron.')
  // Not the link in .bin, which is a batch file on Windows.
  become(projectNode(), [join(root, 'node_modules/electron/cli.js'), root, ...args], projectEnvironment())
} else {
  await buildRenderer()
  console.error(`Opening Easel in the browser shell: ${reason}.`)
  const rest = args.filter((arg) => arg !== '--browser')
  become(projectNode(), [join(root, 'main/shells/browser/entry.ts'), ...rest], projectEnvironment())
}
