import type { FileSystem } from '../files/file-system.ts'

export type Fault = 'ENOSPC' | 'EIO' | 'EACCES' | 'EROFS' | 'EMFILE' | 'short write'
export const faults: readonly Fault[] = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'short write']

/** Operations that can be made to fail, in the order in which they were called. */
export interface FaultyFiles extends FileSystem {
  readonly operations: number
  /** Counts from here, and fails the n-th (0-based). A lasting fault stays, as on a disk that is gone. */
  arm(failAt: number, fault: Fault, isLasting?: boolean): void
  disarm(): void
}

/** A file system whose n-th operation fails. A `short write` takes half of the bytes and then finds the disk full. */
export function createFaultyFiles(real: FileSystem): FaultyFiles {
  let count = 0
  let plan = { failAt: Infinity, fault: 'EIO' as Fault, isLasting: false }
  const isDue = () => {
    const number = count++
    return number === plan.failAt || (plan.isLasting && number > plan.failAt)
  }
  const fail = (operation: string): never => {
    const code = plan.fault === 'short write' ? 'ENOSPC' : plan.fault
    throw Object.assign(new Error(`${code}: injected into ${operation}`), { code })
  }
  const faulty: Record<string, unknown> = {}
  for (const [name, method] of Object.entries(real) as [string, (...input: unknown[]) => unknown][]) {
    faulty[name] = (...input: unknown[]) => {
      if (!isDue()) return method(...input)
      if (plan.fault === 'short write' && name === 'write') {
        const [descriptor, bytes, offset] = input as [number, Uint8Array, number]
        real.write(descriptor, bytes.subarray(0, offset + ((bytes.length - offset) >> 1)), offset)
      }
      // The kernel frees a descriptor even when its close fails.
      if (name === 'close') method(...input)
      return fail(name)
    }
  }
  faulty['arm'] = (failAt: number, fault: Fault, isLasting = false) => {
    count = 0
    plan = { failAt, fault, isLasting }
  }
  faulty['disarm'] = () => (plan = { ...plan, failAt: Infinity, isLasting: false })
  Object.defineProperty(faulty, 'operations', { get: () => count })
  return faulty as unknown as FaultyFiles
}
