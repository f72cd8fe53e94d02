// node scripts/run.mjs FILE.ts …: installs what is missing, then becomes that program under Node 24. npm run easel, bench, … go through it.
import { join } from 'node:path'
import { installPackages, projectEnvironment, projectNode } from './install.mjs'
import { become, root } from './process.mjs'

const [file, ...args] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: node scripts/run.mjs FILE.ts [ARGUMENT …]')
  process.exit(2)
}
await installPackages()
become(projectNode(), [join(root, file), ...args], projectEnvironment())
