import { z } from 'zod'

import { generationIdSchema } from './ids.ts'

/** How the waiting jobs are to be done: kept by the library, so that a restart changes nothing of it. */
export const queueStateSchema = z.strictObject({
  /** The running job goes on; nothing after it starts. */
  isPaused: z.boolean(),
  /** As a person put them. Jobs that are not named come after them, oldest first; those that have ended mean nothing. */
  order: z.array(generationIdSchema),
})
export type QueueState = Readonly<z.infer<typeof queueStateSchema>>
export const freshQueue: QueueState = { isPaused: false, order: [] }
