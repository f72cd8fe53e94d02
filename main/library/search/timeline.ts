import type { TimelineDay } from '#app/contract/browsing-calls.ts'
import type { PictureFilter } from '#app/domain/organising.ts'

import { all, get, type ReadableDb } from '../database/database.ts'
import { perMillisecond } from '../records/keys.ts'
import { checkFilter, selectPictures } from './find-pictures.ts'
import { stagesOf } from './picture-order.ts'

const dayMs = 86_400_000

/** How many pictures a filter lets through. Throws `invalidRequest` like `findPictures`. */
export function countFound(db: ReadableDb, filter?: PictureFilter): number {
  const { counted, values } = shownBy(filter)
  return get<{ n: number }>(db, `SELECT count(*) AS n ${counted}`, ...values)!.n
}

/**
 * Pictures of each day, newest day first. A key says when its picture was made, so only keys are read.
 * @param utcOffsetMinutes minutes that local time is ahead of UTC
 */
export function readTimeline(
  db: ReadableDb,
  filter: PictureFilter | undefined,
  utcOffsetMinutes: number,
): readonly TimelineDay[] {
  const { counted, values } = shownBy(filter)
  const rows = all<{ day: number; pictures: number }>(
    db,
    `SELECT (p.key / ${perMillisecond} + ${Math.trunc(utcOffsetMinutes) * 60_000}) / ${dayMs} AS day, count(*) AS pictures
     ${counted} GROUP BY day ORDER BY day DESC`,
    ...values,
  )
  return rows.map(({ day, pictures }) => ({ day: new Date(day * dayMs).toISOString().slice(0, 10), pictures }))
}

function shownBy(filter: PictureFilter | undefined) {
  const checked = checkFilter(filter)
  return Object.keys(checked).length === 0
    ? { counted: 'FROM pictures AS p INDEXED BY pictures_shown WHERE p.deleted_at IS NULL', values: [] }
    : selectPictures(checked, stagesOf.newest[0]!)
}
