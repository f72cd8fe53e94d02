import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import type { StoredLibrary } from '../library.ts'
import { openLibrary } from '../open-library.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import { createRandom, sampleCandidate, sampleGeneration } from '../testing/sample.ts'

/**
 * The library at work without end: saves, cancels, deletes, restores, empties, searches, backs up, exports, imports,
 * closes and opens. Prints what memory and file descriptors do. `node soak.ts [minutes]`, default 5.
 */
const minutes = Number(process.argv[2] ?? 5)
const root = makeQuickFolder('soak')
const folder = join(root, 'library')
const random = createRandom(12)
let unhandled = 0
process.on('unhandledRejection', () => unhandled++)

/** A library that stays the same size: what grows then is a leak. */
const keptPictures = 400
let library: StoredLibrary = await openLibrary({ folder })
const counts = { saved: 0, cancelled: 0, emptied: 0, exports: 0, restarts: 0, problems: 0 }
const samples: { readonly minute: number; readonly megabytes: number; readonly descriptors: number }[] = []
const begun = performance.now()
const minutesSoFar = () => (performance.now() - begun) / 60_000

async function round(number: number): Promise<void> {
  const { id } = library.createGeneration(sampleGeneration({ prompt: `round ${number % 50}`, candidates: 4 }))
  library.setGenerationState(id, 'running')
  const isCancelled = random() < 0.2
  for (let row = 0; row < 4; row++) {
    library.appendRow(id, { candidates: [0, 1, 2, 3], row, rows: 4, tokens: new Uint16Array(16) })
  }
  for (let i = 0; i < (isCancelled ? 2 : 4); i++, counts.saved++) {
    await library.addCandidate(id, sampleCandidate(i, random, { sidePx: 32, dimensions: 64 }))
  }
  if (isCancelled) counts.cancelled++
  library.setGenerationState(id, isCancelled ? 'cancelled' : 'finished')
  const page = library.findPictures({ filter: { query: 'roun' }, limit: 100 })
  if (page.items[0] !== undefined) library.searchPicture(page.items[0].id, 10)
  const surplus = library.countPictures() - keptPictures
  if (surplus > 0) {
    const oldest = library.findPictures({ order: 'oldest', limit: surplus }).items.map((picture) => picture.id)
    library.deletePictures(oldest)
    library.restorePictures(oldest.slice(0, 1))
    library.deletePictures(oldest.slice(0, 1))
    counts.emptied += library.emptyTrash(-1)
  }
  if (number % 50 === 49) await library.backUp()
  if (number % 80 === 79) {
    const file = join(root, 'archive.tar')
    await library.exportArchive({ file })
    await library.importArchive({ file })
    rmSync(file)
    counts.exports++
  }
  if (number % 120 === 119) {
    counts.problems += (await library.verify()).pictureProblems.length
    library.close()
    library = await openLibrary({ folder })
    counts.restarts++
  }
}

/** Least squares, in megabytes an hour, of the second half: the first warms up. */
function slope(): number {
  const half = samples.slice(Math.floor(samples.length / 2))
  const mean = (of: (sample: (typeof samples)[number]) => number) =>
    half.reduce((sum, one) => sum + of(one), 0) / half.length
  const [x, y] = [mean((one) => one.minute), mean((one) => one.megabytes)]
  const above = half.reduce((sum, one) => sum + (one.minute - x) * (one.megabytes - y), 0)
  const below = half.reduce((sum, one) => sum + (one.minute - x) ** 2, 0)
  return below === 0 ? 0 : (above / below) * 60
}

for (let number = 0; minutesSoFar() < minutes; number++) {
  await round(number)
  if (minutesSoFar() * 12 < samples.length) continue
  globalThis.gc?.()
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
  samples.push({ minute: minutesSoFar(), megabytes: process.memoryUsage.rss() / 2 ** 20, descriptors })
}
library.close()
rmSync(root, { recursive: true })
const descriptors = samples.map((sample) => sample.descriptors)
console.log(
  JSON.stringify({
    minutes: minutesSoFar(),
    ...counts,
    unhandled,
    firstMegabytes: samples[0]?.megabytes,
    lastMegabytes: samples.at(-1)?.megabytes,
    megabytesPerHour: slope(),
    descriptors: [Math.min(...descriptors), Math.max(...descriptors)],
  }),
)
