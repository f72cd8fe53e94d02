import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { PictureId } from '#app/domain/ids.ts'

import { nodeFileSystem } from '../files/file-system.ts'
import { listBackups } from '../health/backups.ts'
import { repairLibrary, restoreBackup } from '../health/repair.ts'
import type { StoredLibrary } from '../library.ts'
import { databaseName, type LibraryOptions } from '../library-folder.ts'
import { encodePng } from '../png/encode-png.ts'
import { createRandom, sampleCandidate, sampleGeneration } from './sample.ts'

/** What an action works on: a library that `furnish` has filled. */
export interface Furnished {
  readonly shown: readonly PictureId[]
  readonly deleted: readonly PictureId[]
}

/** Beside the library's own files: an archive of pictures that are not in it, and a folder with a picture to import. */
const archiveName = 'other.tar'
const importsName = 'imports'

/** Eight pictures, two of them in the trash, with marks, a collection, a backup and an unfinished job. */
export async function furnish(library: StoredLibrary): Promise<Furnished> {
  const random = createRandom(3)
  await makeSources(library, random)
  const { id } = library.createGeneration(sampleGeneration({ candidates: 8 }))
  const ids: PictureId[] = []
  for (let i = 0; i < 8; i++) ids.push((await library.addCandidate(id, sampleCandidate(i, random))).id)
  library.setGenerationState(id, 'finished')
  library.ratePictures(ids.slice(0, 4), 3)
  library.changeTags(ids.slice(2, 6), { add: ['fruit'] })
  library.changeCollection(library.createCollection('Best').id, { add: ids.slice(0, 3) })
  library.deletePictures(ids.slice(6))
  await library.backUp()
  library.createGeneration(sampleGeneration({ prompt: 'not begun' }))
  return { shown: ids.slice(0, 6), deleted: ids.slice(6) }
}

async function makeSources(library: StoredLibrary, random: () => number): Promise<void> {
  const { id } = library.createGeneration(sampleGeneration({ prompt: 'from elsewhere', candidates: 2 }))
  const ids = [
    await library.addCandidate(id, sampleCandidate(0, random)),
    await library.addCandidate(id, sampleCandidate(1, random)),
  ].map((picture) => picture.id)
  library.setGenerationState(id, 'finished')
  await library.exportArchive({ file: join(library.folder, archiveName), ids })
  library.deletePictures(ids)
  library.emptyTrash(-1)
  mkdirSync(join(library.folder, importsName))
  writeFileSync(join(library.folder, importsName, 'a.png'), await encodePng(sampleCandidate(0, random).picture))
}

/** Something a person does, done so that doing it again after a failure is the same thing. */
export interface Action {
  readonly name: string
  act(library: StoredLibrary, furnished: Furnished): Promise<void> | void
}

/** Something done to a library that no one has open. */
export interface ClosedAction {
  readonly name: string
  act(options: LibraryOptions): Promise<void>
}

function unfinished(library: StoredLibrary) {
  return library.listUnfinished()[0] ?? library.createGeneration(sampleGeneration())
}

export const actions: readonly Action[] = [
  { name: 'new job', act: (library) => void library.createGeneration(sampleGeneration({ prompt: 'a new job' })) },
  {
    name: 'journal a row',
    act: (library) =>
      library.appendRow(unfinished(library).id, { candidates: [0, 1], row: 0, rows: 4, tokens: new Uint16Array(8) }),
  },
  {
    name: 'save a candidate',
    act: async (library) => {
      await library.addCandidate(unfinished(library).id, sampleCandidate(0, createRandom(11)))
    },
  },
  { name: 'end a job', act: (library) => void library.setGenerationState(unfinished(library).id, 'finished') },
  { name: 'rate', act: (library, { shown }) => library.ratePictures(shown, 5) },
  { name: 'tag', act: (library, { shown }) => library.changeTags(shown, { add: ['red'], remove: ['fruit'] }) },
  {
    name: 'collect',
    act: (library, { shown }) => library.changeCollection(library.listCollections()[0]!.id, { add: shown }),
  },
  { name: 'delete', act: (library, { shown }) => library.deletePictures(shown.slice(0, 3)) },
  { name: 'restore from the trash', act: (library, { deleted }) => library.restorePictures(deleted) },
  { name: 'empty the trash', act: (library) => void library.emptyTrash(-1) },
  { name: 'back up', act: async (library) => void (await library.backUp()) },
  { name: 'scrub', act: (library) => void library.scrub() },
  {
    name: 'export an archive',
    act: async (library) => void (await library.exportArchive({ file: join(library.folder, 'export.tar') })),
  },
  {
    name: 'take in an archive',
    act: async (library) => void (await library.importArchive({ file: join(library.folder, archiveName) })),
  },
  {
    name: 'import pictures',
    act: (library) => void library.importPictures({ folder: join(library.folder, importsName) }),
  },
]

export const closedActions: readonly ClosedAction[] = [
  {
    name: 'restore a backup',
    act: async (options) => void (await restoreBackup(options, newestBackupOf(options))),
  },
  {
    name: 'repair a lost database',
    act: async (options) => {
      for (const ending of ['', '-wal', '-shm']) rmSync(join(options.folder, databaseName + ending), { force: true })
      await repairLibrary(options)
    },
  },
]

function newestBackupOf({ folder }: LibraryOptions): string {
  return listBackups(nodeFileSystem, folder)[0]!.name
}
