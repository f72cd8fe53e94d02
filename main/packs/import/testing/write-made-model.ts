/** `node main/packs/import/testing/write-made-model.ts FOLDER`: the four files of a tiny minDALL-E-shaped model, for tests that start programs. */
import { writeMadeModel } from './made-checkpoints.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: write-made-model.ts FOLDER')
console.log((await writeMadeModel(folder)).join('\n'))
