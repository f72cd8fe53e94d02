import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What reading, hashing and preparing a pack does at least on a slow disk, in bytes a second. */
const slowestBytesPerSecond = 200e6
/** How many times longer than that a load may take. */
const patience = 20
const leastSeconds = 60

/** Longest time the load of a pack may take, in seconds: twenty times an estimate from its size, but a minute at least. */
export function loadPatience(folder: string): number {
  return Math.max(leastSeconds, Math.ceil((sizeOf(folder) / slowestBytesPerSecond) * patience))
}

/** In bytes; 0 for a folder that cannot be read, whose load will say so. */
function sizeOf(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  } catch {
    return 0
  }
}
