import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const folder = join(root, '.github/workflows')
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))

/** The commands of all steps, without what stands for values. */
function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\s+(?:- )?run: (.+)$/gm)].map(([, command]) => command ?? '')
}

test.each(workflows)('$name: every script and file that a step names is there', ({ text }) => {
  const commands = commandsOf(text)
  expect(commands.length).toBeGreaterThan(0)
  const named = commands.flatMap((command) => [...command.matchAll(/npm run (?:--silent )?([\w:]+)/g)])
  expect(named.map(([, name]) => name ?? '').filter((name) => !(name in scripts))).toEqual([])
  const files = commands.flatMap((command) => [...command.matchAll(/(?:node|bash) ([\w.][\w./-]*)/g)])
  expect(files.map(([, file]) => file ?? '').filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test.each(workflows)('$name: what only defines functions is not run as a program', ({ text }) => {
  const files = commandsOf(text).flatMap((command) => [...command.matchAll(/node (scripts\/[\w./-]+)/g)])
  const idle = files.filter(
    ([, file]) => !/^(?:await |become\(|process\.exit)/m.test(readFileSync(join(root, file ?? ''), 'utf8')),
  )
  expect(idle).toEqual([])
})

test.each(workflows)(
  '$name: may only read, ends some time, and runs nothing of others but what it names to the byte',
  ({ text }) => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m)
    expect(text).not.toMatch(/\$\{\{ *secrets|pull_request_target|curl /)
    const jobs = text.split(/^ {2}(?=\w+:$)/m).filter((job) => job.includes('runs-on:'))
    expect(jobs.length).toBeGreaterThan(0)
    expect(jobs.filter((job) => !/^ {4}timeout-minutes: \d+$/m.test(job))).toEqual([])
    const actions = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action ?? '')
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([])
    // A token that stays in the checkout could be read by every script of every package.
    expect(text.match(/persist-credentials: false/g)).toHaveLength(text.match(/actions\/checkout@/g)?.length ?? 0)
  },
)

test('the end-to-end specs run in Electron on three systems, and in the browser without a network', () => {
  const ci = workflows.find(({ name }) => name === 'ci.yml')?.text ?? ''
  const [, electron = ''] = ci.split(/^ {2}electron:$/m)
  expect(electron).toContain('os: [ubuntu-latest, macos-latest, windows-latest]')
  expect(electron).toContain('runs-on: ${{ matrix.os }}')
  expect(commandsOf(electron).filter((command) => command.includes('npx playwright test'))).toHaveLength(2)
  // Without Electron's binary and its bundles the specs would go to the browser shell and pass.
  expect(commandsOf(electron)).toEqual(
    expect.arrayContaining(['npm run setup', 'node node_modules/electron/install.js', 'npm run build:electron']),
  )
  expect(commandsOf(ci)).toContain('npm run e2e:offline')
})
