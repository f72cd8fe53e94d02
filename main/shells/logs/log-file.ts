import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

import envPaths from 'env-paths'

/** A value of a line; structured, so that a program can read a log as well as a person. */
export type LogValue = string | number | boolean | null
export type LogDetails = Readonly<Record<string, LogValue>>
export type LogLevel = 'info' | 'warn' | 'error'

export interface LogFileOptions {
  /** Default: Easel's folder for logs of this user. */
  readonly folder?: string
  /** Bytes of one file, after which another is begun. */
  readonly maxBytes?: number
  /** Files that are kept, the current one among them. */
  readonly maxFiles?: number
}

/** A line longer than this is cut: one message must not push all others out. */
const maxLineCharacters = 8000

export function logFolder(): string {
  return process.env['EASEL_LOGS'] ?? envPaths('easel', { suffix: '' }).log
}

/**
 * A log of one JSON object a line, in a few files of bounded size: `easel-browser.log`, then `easel-browser.1.log` and so on, older and older.
 * Only their owner can read them. Written at once, so that the last lines before a crash are there. A log that cannot be written is no failure.
 */
export class LogFile {
  readonly path: string
  readonly #name: string
  readonly #folder: string
  readonly #maxBytes: number
  readonly #maxFiles: number

  constructor(name: string, { folder = logFolder(), maxBytes = 1_000_000, maxFiles = 4 }: LogFileOptions = {}) {
    this.#name = name
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#maxFiles = maxFiles
    this.path = this.#pathOf(0)
  }

  write(level: LogLevel, event: string, details: LogDetails = {}): void {
    const entry = { time: new Date().toISOString(), level, pid: process.pid, event, ...details }
    const line = `${JSON.stringify(entry, cutLong)}\n`
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      if (sizeOf(this.path) + Buffer.byteLength(line) > this.#maxBytes) this.#rotate()
      appendFileSync(this.path, line, { mode: 0o600 })
    } catch {
      // A full disk is told by what matters more than a log.
    }
  }

  /** The newest lines, oldest first, over all files. */
  tail(lines: number): readonly string[] {
    const found: string[] = []
    for (let index = 0; index < this.#maxFiles && found.length < lines; index++) {
      found.unshift(...linesOf(this.#pathOf(index)).slice(-(lines - found.length)))
    }
    return found
  }

  #rotate(): void {
    rmSync(this.#pathOf(this.#maxFiles - 1), { force: true })
    for (let index = this.#maxFiles - 2; index >= 0; index--) {
      if (sizeOf(this.#pathOf(index)) > 0) renameSync(this.#pathOf(index), this.#pathOf(index + 1))
    }
  }

  #pathOf(index: number): string {
    return join(this.#folder, index === 0 ? `${this.#name}.log` : `${this.#name}.${index}.log`)
  }
}

function cutLong(_key: string, value: unknown): unknown {
  const isLong = typeof value === 'string' && value.length > maxLineCharacters
  return isLong ? `${value.slice(0, maxLineCharacters)}… (${value.length} characters)` : value
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
