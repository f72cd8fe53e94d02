import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { nodeFileSystem, type FileSystem } from '../files/file-system.ts'
import { openLibrary } from '../open-library.ts'
import { createRandom, sampleCandidate, sampleGeneration } from '../testing/sample.ts'
import { startClock, time, timingOf, type Sample, type Timing } from './timing.ts'

export interface SaveSpeed {
  /** Of one candidate, 256 × 256 pixels, 512 dimensions, fully durable: until `addCandidate` has answered. */
  readonly save: Timing
  /** Of the same disk for one fsync of 100 KB. */
  readonly fsync: Timing
  /** Median number of fsyncs of one save, with the one of the commit. */
  readonly fsyncs: number
  /** Median of a save without its fsyncs' share. */
  readonly beyondFsync: number
}

/** Also when there is no time left. */
const fewest = 3

/** @param folder an empty one on the disk to be measured. */
export async function measureSave(folder: string, rounds: number, untilMs = Infinity): Promise<SaveSpeed> {
  let syncs = 0
  let syncMs = 0
  const counted =
    <Input>(sync: (input: Input) => void) =>
    (input: Input) => {
      const start = performance.now()
      sync(input)
      syncMs += performance.now() - start
      syncs++
    }
  const files: FileSystem = {
    ...nodeFileSystem,
    sync: counted(nodeFileSystem.sync),
    syncFolder: counted(nodeFileSystem.syncFolder),
  }
  const library = await openLibrary({ folder, files })
  const random = createRandom(6)
  const { id } = library.createGeneration(sampleGeneration({ candidates: 512, rows: 16, columns: 16 }))
  const saves: Sample[] = []
  const beyond: number[] = []
  const counts: number[] = []
  const fsyncs = Array.from({ length: rounds }, () => timeOneFsync(folder))
  const oneFsync = timingOf(fsyncs).median
  for (let i = 0; i < rounds && (i < fewest || performance.now() < untilMs); i++) {
    const candidate = sampleCandidate(i, random, { sidePx: 256, cells: 256, dimensions: 512 })
    syncs = 0
    syncMs = 0
    const stop = startClock()
    await library.addCandidate(id, candidate)
    const took = stop()
    saves.push(took)
    counts.push(syncs + 1)
    // SQLite's own fsync of the commit is not seen from here: it counts as one like the others.
    beyond.push(took.wall - syncMs - oneFsync)
  }
  library.close()
  return {
    save: timingOf(saves),
    fsync: timingOf(fsyncs),
    fsyncs: middleOf(counts),
    beyondFsync: Math.max(0, middleOf(beyond)),
  }
}

function middleOf(values: readonly number[]): number {
  return timingOf(values.map((wall) => ({ wall, cpu: 0 }))).median
}

function timeOneFsync(folder: string): Sample {
  const file = join(folder, 'fsync-test')
  const descriptor = openSync(file, 'w')
  writeSync(descriptor, Buffer.alloc(100_000, 1))
  const took = time(() => fsyncSync(descriptor))
  closeSync(descriptor)
  rmSync(file)
  return took
}
