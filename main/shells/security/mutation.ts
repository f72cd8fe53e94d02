import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { startFakeShell, type ShellCode } from '../electron/testing/start-fake-shell.ts'
import { runChecklist } from './checklist.ts'
import type { Mutant } from './mutants.ts'

const repository = resolve(import.meta.dirname, '../../..')
const copied = ['electron', 'serving']

/** Which points notice a mistake: breaks a copy of the shell, wires it over the fakes, and tries the checklist on it. */
export async function pointsThatNotice(mutant: Mutant): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-mutant-'))
  try {
    writeBrokenCopy(folder, mutant)
    const code = await importShell(folder)
    const results = await runChecklist(await startFakeShell(code, folder))
    return results.filter(({ problems }) => problems.length > 0).map(({ point }) => point)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function writeBrokenCopy(folder: string, { file, from, to }: Mutant): void {
  const shells = join(folder, 'main/shells')
  mkdirSync(shells, { recursive: true })
  for (const name of copied) cpSync(join(repository, 'main/shells', name), join(shells, name), { recursive: true })
  for (const name of ['app', 'node_modules']) symlinkSync(join(repository, name), join(folder, name), 'junction')
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
  const [shell, bridge] = await Promise.all([importFrom('shell.ts'), importFrom('bridge.ts')])
  return { ...(shell as object), ...(bridge as object) } as ShellCode
}
