import { cpSync, existsSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import type { PictureId } from '#app/domain/ids.ts'

import { databaseName } from '../library-folder.ts'
import { openLibrary } from '../open-library.ts'
import { createRandom, sampleCandidate, sampleGeneration } from '../testing/sample.ts'

/**
 * What `kill -9` is aimed at: a process that opens a library and works on it without end. Each line of standard output
 * is said after the library has answered (`saved`, `deleted`, `restored`) or before it is asked (`deleting`, `restoring`).
 * Arguments: folder of the library, seed, folder with PNGs to import, `old` to put the earlier schema in place first.
 */
const [folder = '', seedText = '1', importFolder = '', oldDatabase = ''] = process.argv.slice(2)
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`)
const random = createRandom(Number(seedText))

if (oldDatabase !== '' && !existsSync(join(folder, databaseName))) cpSync(oldDatabase, folder, { recursive: true })
say({ ready: true })
const library = await openLibrary({ folder, onDamage: 'refuse' })
say({ opened: true })

async function generate(): Promise<void> {
  const { id } =
    library.listUnfinished()[0] ?? library.createGeneration(sampleGeneration({ seed: Math.floor(random() * 1e9) }))
  library.setGenerationState(id, 'running')
  for (let row = 0; row < 4; row++) {
    library.appendRow(id, { candidates: [0, 1, 2, 3], row, rows: 4, tokens: new Uint16Array(16).fill(row) })
  }
  const { finished } = library.readJournal(id)
  for (let i = 0; i < 4; i++) {
    if (finished.has(i)) continue
    const picture = await library.addCandidate(id, sampleCandidate(i, random))
    say({ saved: picture.id })
  }
  library.setGenerationState(id, 'finished')
}

function somePictures(isDeleted: boolean): readonly PictureId[] {
  const { items } = library.findPictures({ filter: { isDeleted }, limit: 20 })
  return items.filter(() => random() < 0.2).map((picture) => picture.id)
}

for (;;) {
  const chance = random()
  if (chance < 0.45) await generate()
  else if (chance < 0.6) {
    const ids = somePictures(false)
    say({ deleting: ids })
    library.deletePictures(ids)
    say({ deleted: ids })
  } else if (chance < 0.75) {
    const ids = somePictures(true)
    say({ restoring: ids })
    library.restorePictures(ids)
    say({ restored: ids })
  } else if (chance < 0.85) {
    library.importPictures({ folder: importFolder })
    say({ imported: true })
  } else if (chance < 0.92) {
    await library.backUp()
  } else {
    library.changeTags(somePictures(false), { add: ['kept'] })
    library.scrub(8)
  }
}
