import { bytesSource } from '../readers/byte-source.ts'
import { readTensors } from '../readers/open-checkpoint.ts'
import { Refusal, type Rule } from '../readers/refusal.ts'

/** Reads a whole checkpoint from memory. Anything but a `Refusal` passes through: that would be a bug of the reader. */
export function readBytes(bytes: Uint8Array): Rule | 'accepted' {
  try {
    const source = readTensors(bytesSource('fuzz', bytes))
    for (const name of source.tensors.keys()) source.readFloat32(name)
    return 'accepted'
  } catch (error) {
    if (error instanceof Refusal) return error.rule
    throw error
  }
}
