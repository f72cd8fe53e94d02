import { z } from 'zod'

import { precisions } from './pack.ts'

/** Where tokens were computed: they depend on it. `device` is `cpu` or a provider class of ONNX Runtime. */
export const drawnOnSchema = z.object({ device: z.string().regex(/^[a-z0-9]{1,16}$/), precision: z.enum(precisions) })
export type DrawnOn = Readonly<z.infer<typeof drawnOnSchema>>
