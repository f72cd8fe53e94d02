import { openedThings } from './opened-things.ts'
import { picturesOut } from './pictures-out.ts'
import { starting } from './starting.ts'
import { studioCalls } from './studio-calls.ts'
import { windows } from './windows.ts'
import type { WiringPoint } from './wiring-point.ts'

/** All that the shell wires up beside its hardening, which has a list of its own (`main/shells/security/checklist.ts`). */
export const wiring: readonly WiringPoint[] = [...windows, ...studioCalls, ...openedThings, ...picturesOut, ...starting]
