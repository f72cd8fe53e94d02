import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { startFakeShell, type ShellCode } from '../electron/testing/start-fake-shell.ts'
import { wiring } from '../electron/testing/wiring/wiring.ts'
import { runChecklist } from './checklist.ts'
import type { Mistake, Mutant } from './mutants.ts'
import type { WiringMutant } from './wiring-mutants.ts'

const repository = resolve(import.meta.dirname, '../../..')
const copied = ['electron', 'serving']

/** Which points of the checklist notice a mistake: wires a broken copy of the shell over the fakes, and tries the checklist on it. */
export function pointsThatNotice(mutant: Mutant): Promise<readonly number[]> {
  return withBrokenShell(mutant, async (code, folder) => {
    const results = await runChecklist(await startFakeShell(code, folder))
    return results.filter(({ problems }) => problems.length > 0).map(({ point }) => point)
  })
}

/** Whether the wire that a mistake cuts is missed. @throws when there is no wire of that name */
export function isWireMissed(mutant: WiringMutant): Promise<boolean> {
  const point = wiring.find(({ name }) => name.startsWith(mutant.wire))
  if (point === undefined) throw new Error(`There is no wire that is called: ${mutant.wire}`)
  return withBrokenShell(mutant, async (code, folder) => {
    const userData = join(folder, 'user-data')
    mkdirSync(userData)
    return point.check(code, userData).then(
      () => false,
      () => true,
    )
  })
}

async function withBrokenShell<Found>(
  mistake: Mistake,
  look: (code: ShellCode, folder: string) => Promise<Found>,
): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-mutant-'))
  try {
    writeBrokenCopy(folder, mistake)
    return await look(await importShell(folder), folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function writeBrokenCopy(folder: string, { file, from, to }: Mistake): void {
  const shells = join(folder, 'main/shells')
  mkdirSync(shells, { recursive: true })
  for (const name of copied) cpSync(join(repository, 'main/shells', name), join(shells, name), { recursive: true })
  const unbroken = [
    'app',
    'node_modules',
    'main/engine',
    'main/studio',
    'main/shells/testing',
    'main/shells/copy-whole.ts',
  ]
  for (const name of unbroken) symlinkSync(join(repository, name), join(folder, name), 'junction')
  const imports = { '#app/*': './app/*', '#main/*': './main/*' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports }))

  const path = join(shells, file)
  const source = readFileSync(path, 'utf8')
  const broken = source.replace(from, () => to)
  if (broken === source) throw new Error(`${file} does not contain: ${from}`)
  writeFileSync(path, broken)
}

async function importShell(folder: string): Promise<ShellCode> {
  const importFrom = (file: string): Promise<unknown> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, 'main/shells/electron', file)).href)
  const [shell, bridge, opener] = await Promise.all(['shell.ts', 'bridge.ts', 'open-desktop-studio.ts'].map(importFrom))
  return { ...(shell as object), ...(bridge as object), ...(opener as object) } as ShellCode
}
