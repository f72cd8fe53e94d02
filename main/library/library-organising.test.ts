import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { PictureId } from '#app/domain/ids.ts'

import type { StoredLibrary } from './library.ts'
import { openLibraryBench, type LibraryBench } from './testing/library-bench.ts'

let bench: LibraryBench
beforeEach(async () => {
  bench = await openLibraryBench()
})
afterEach(() => bench.end())

describe('organising', () => {
  it('filters by stars, tags, collection, words and trash together', async () => {
    const [first, second, third] = (await bench.addPictures(3)) as [PictureId, PictureId, PictureId]
    bench.library.ratePictures([first, second], 4)
    bench.library.changeTags([second, third], { add: ['Fruit', 'still life'] })
    const collection = bench.library.createCollection('Best')
    bench.library.changeCollection(collection.id, { add: [first, second, third] })
    const find = (filter: Parameters<StoredLibrary['findPictures']>[0]['filter']) =>
      bench.library.findPictures({ filter }).items.map((picture) => picture.id)
    expect(find({ minRating: 4 })).toEqual([second, first])
    expect(find({ minRating: 5 })).toEqual([])
    expect(find({ tags: ['fruit'] })).toEqual([third, second])
    expect(find({ tags: ['fruit', 'STILL LIFE'], minRating: 1 })).toEqual([second])
    expect(find({ query: 'still' })).toEqual([third, second])
    expect(find({ query: 'apple', collectionId: collection.id, tags: ['fruit'] })).toEqual([third, second])
    bench.library.deletePictures([second])
    expect(find({ collectionId: collection.id })).toEqual([third, first])
    expect(find({ isDeleted: true })).toEqual([second])
    expect(bench.library.listTags()).toEqual([
      { name: 'Fruit', pictures: 1 },
      { name: 'still life', pictures: 1 },
    ])
    expect(bench.library.listCollections()).toEqual([{ ...collection, pictures: 2 }])
    bench.library.changeTags([third, second], { remove: ['FRUIT'] })
    expect(find({ query: 'fruit' })).toEqual([])
    expect(bench.library.listTags()).toEqual([{ name: 'still life', pictures: 1 }])
  })

  it('filters by date, pack and score', async () => {
    await bench.addPictures(2)
    const middle = new Date(bench.clock).toISOString()
    const later = await bench.addPictures(2)
    const find = (filter: Parameters<StoredLibrary['findPictures']>[0]['filter']) =>
      bench.library.findPictures({ filter }).items.map((picture) => picture.id)
    expect(find({ createdFrom: middle })).toEqual(later.toReversed())
    expect(find({ createdBefore: middle })).toHaveLength(2)
    expect(find({ packId: 'sample' as never, minClipScore: -1 })).toHaveLength(4)
    expect(find({ packId: 'other' as never })).toEqual([])
    expect(find({ minClipScore: 1 })).toEqual([])
    expect(() => find({ minRating: 9 })).toThrow('minRating')
  })

  it('deletes into the trash, restores, and ends only what was there long enough', async () => {
    const [first, second] = (await bench.addPictures(2)) as [PictureId, PictureId]
    bench.library.deletePictures([first, second])
    expect(bench.library.countPictures()).toBe(0)
    expect(bench.library.pictureFile(first)).toContain('trash')
    bench.library.restorePictures([first])
    expect(bench.library.findPictures({}).items.map((picture) => picture.id)).toEqual([first])
    expect(bench.library.emptyTrash()).toBe(0)
    bench.clock += 31 * 86_400_000
    expect(bench.library.emptyTrash()).toBe(1)
    expect(() => bench.library.getPicture(second)).toThrow('no picture')
    expect(await bench.library.verify()).toMatchObject({ databaseProblems: [], pictureProblems: [], orphanFiles: 0 })
  })
})
