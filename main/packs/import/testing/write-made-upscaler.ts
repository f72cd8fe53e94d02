/** `node main/packs/import/testing/write-made-upscaler.ts FOLDER`: the `.tgz` of a tiny npm package of upscalers, for tests that start programs. */
import { join } from 'node:path'

import { writeMadeArchive } from './made-upscaler.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: write-made-upscaler.ts FOLDER')
console.log(await writeMadeArchive(join(folder, 'made-upscaler'), [2, 4]))
