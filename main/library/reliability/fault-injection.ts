import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { nodeFileSystem, type FileSystem } from '../files/file-system.ts'
import type { StoredLibrary } from '../library.ts'
import { openLibrary } from '../open-library.ts'
import { actions, closedActions, furnish, type Action, type ClosedAction, type Furnished } from '../testing/actions.ts'
import { createFaultyFiles, faults, type Fault } from '../testing/faulty-files.ts'

/** Makes the n-th file operation fail. */
export interface FaultMachine {
  readonly files: FileSystem
  readonly operations: number
  arm(failAt: number, fault: Fault): void
  disarm(): void
}

/** Fails what the library asks of its `FileSystem`; SQLite's own files are reached by `native-faults.ts` alone. */
function createFileMachine(): FaultMachine {
  const files = createFaultyFiles(nodeFileSystem)
  return {
    files,
    get operations() {
      return files.operations
    },
    arm: (failAt, fault) => files.arm(failAt, fault),
    disarm: () => files.disarm(),
  }
}

/** Also when there is no time left. */
const fewest = 10

export interface FaultReport {
  readonly faultCases: number
  readonly faultsHeld: number
  /** One line for each case that did not hold. */
  readonly failures: readonly string[]
}

/** What must be true after any failure: a sound database, every row with its file, and the pictures of before. */
export async function findBroken(library: StoredLibrary, before: Furnished): Promise<string | undefined> {
  const report = await library.verify()
  if (report.databaseProblems.length > 0) return `database: ${report.databaseProblems[0]}`
  const problem = report.pictureProblems[0]
  if (problem !== undefined) return `picture: ${problem.problem}`
  for (const id of before.shown) library.getPicture(id)
  return undefined
}

const typedCodes = ['storageFull', 'storageFailed', 'libraryReadOnly', 'libraryDamaged', 'libraryLocked']

function isTold(error: unknown): boolean {
  return error instanceof StudioError && typedCodes.includes(error.code)
}

/**
 * For every action and every n: the n-th file operation fails. Held = the error is one a person can be told (or the
 * action could do without that operation), nothing is broken, and doing it again works, also after a restart.
 * @param root an empty folder.
 * @param wanted.names of the actions; default all
 * @param wanted.every takes only every so manieth case, each time beginning with another, so that all actions and all
 * faults have their turn.
 */
export async function injectFaults(
  root: string,
  wanted: {
    readonly chosen?: readonly Fault[]
    readonly names?: readonly string[]
    readonly every?: number
    readonly untilMs?: number
    readonly createMachine?: () => FaultMachine
  } = {},
): Promise<FaultReport> {
  const { chosen = faults, names, every = 1, untilMs = Infinity, createMachine = createFileMachine } = wanted
  let turn = 0
  const base = join(root, 'base')
  const furnishing = await openLibrary({ folder: base })
  const furnished = await furnish(furnishing)
  furnishing.close()
  const failures: string[] = []
  let faultCases = 0
  for (const fault of chosen) {
    for (const action of [...actions, ...closedActions]) {
      if (names?.includes(action.name) === false) continue
      for (let failAt = turn++ % every; faultCases < fewest || performance.now() < untilMs; failAt += every) {
        const folder = join(root, 'case')
        cpSync(base, folder, { recursive: true })
        const isOpened = actions.includes(action)
        const result = isOpened
          ? await tryOpened(createMachine(), folder, action, furnished, failAt, fault)
          : await tryClosed(createMachine(), folder, action as ClosedAction, furnished, failAt, fault)
        rmSync(folder, { recursive: true })
        if (result.isOver) break
        faultCases++
        if (result.broken !== undefined) failures.push(`${action.name}, ${fault} at ${failAt}: ${result.broken}`)
      }
    }
  }
  return { faultCases, faultsHeld: faultCases - failures.length, failures }
}

interface CaseResult {
  /** The action needs no operation with this number: all of its cases are done. */
  readonly isOver: boolean
  readonly broken: string | undefined
}

async function tryOpened(
  machine: FaultMachine,
  folder: string,
  action: Action,
  furnished: Furnished,
  failAt: number,
  fault: Fault,
): Promise<CaseResult> {
  let library = await openLibrary({ folder, files: machine.files })
  try {
    machine.arm(failAt, fault)
    const failure = await failureOf(() => action.act(library, furnished))
    machine.disarm()
    const isOver = machine.operations <= failAt
    if (isOver) return { isOver, broken: undefined }
    if (failure !== undefined && !isTold(failure.error)) return { isOver, broken: `untold: ${String(failure.error)}` }
    let broken = await findBroken(library, furnished)
    await action.act(library, furnished)
    library.close()
    library = await openLibrary({ folder })
    broken ??= await findBroken(library, furnished)
    return { isOver, broken }
  } catch (error) {
    return { isOver: false, broken: `again: ${String(error)}` }
  } finally {
    library.close()
  }
}

async function tryClosed(
  machine: FaultMachine,
  folder: string,
  action: ClosedAction,
  furnished: Furnished,
  failAt: number,
  fault: Fault,
): Promise<CaseResult> {
  machine.arm(failAt, fault)
  const failure = await failureOf(() => action.act({ folder, files: machine.files }))
  machine.disarm()
  const isOver = machine.operations <= failAt
  if (isOver) return { isOver, broken: undefined }
  if (failure !== undefined && !isTold(failure.error)) return { isOver, broken: `untold: ${String(failure.error)}` }
  try {
    await action.act({ folder })
    const library = await openLibrary({ folder })
    try {
      return { isOver, broken: await findBroken(library, furnished) }
    } finally {
      library.close()
    }
  } catch (error) {
    return { isOver, broken: `again: ${String(error)}` }
  }
}

async function failureOf(work: () => Promise<void> | void): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return { error }
  }
}
