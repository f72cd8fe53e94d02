// npm run easel -- …: the command line.
import { join } from 'node:path'
import { installPackages, projectEnvironment, projectNode } from './install.mjs'
import { become, root } from './process.mjs'

await installPackages()
become(projectNode(), [join(root, 'main/shells/cli/entry.ts'), ...process.argv.slice(2)], projectEnvironment())
