import type { FileSystem } from '../files/file-system.ts'

export type Fault = 'ENOSPC' | 'EIO' | 'EACCES' | 'EROFS' | 'EMFILE' | 'short write'
export const faults: readonly Fault[] = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'short write']

/** Operations that can be made to fail, in the order in which they were called. */
export interface FaultyFiles extends FileSystem {
  readonly operations: number
}

/**
 * A file system whose n-th operation fails. A `short write` takes half of the bytes and then finds the disk full.
 * @param failAt 0-based; Infinity = never.
 * @param isLasting every operation from then on fails, as on a disk that is gone.
 */
export function createFaultyFiles(real: FileSystem, failAt: number, fault: Fault, isLasting = false): FaultyFiles {
  let count = 0
  const isDue = () => {
    const number = count++
    return number === failAt || (isLasting && number > failAt)
  }
  const fail = (operation: string): never => {
    const code = fault === 'short write' ? 'ENOSPC' : fault
    throw Object.assign(new Error(`${code}: injected into ${operation}`), { code })
  }
  const faulty: Record<string, unknown> = {}
  for (const [name, method] of Object.entries(real) as [string, (...input: unknown[]) => unknown][]) {
    faulty[name] = (...input: unknown[]) => {
      if (!isDue()) return method(...input)
      if (fault === 'short write' && name === 'write') {
        const [descriptor, bytes, offset] = input as [number, Uint8Array, number]
        real.write(descriptor, bytes.subarray(0, offset + ((bytes.length - offset) >> 1)), offset)
      }
      // The kernel frees a descriptor even when its close fails.
      if (name === 'close') method(...input)
      return fail(name)
    }
  }
  Object.defineProperty(faulty, 'operations', { get: () => count })
  return faulty as unknown as FaultyFiles
}
