// npm test: everything, in two lanes, with one plain line at the end: "N passed, N failed, N skipped".
// npm test -- unit e2e: only the named steps.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildRenderer } from './build.mjs'
import { ensureDebianPackages } from './debian.mjs'
import { installPackages, projectEnvironment, projectNode } from './install.mjs'
import { root, run } from './process.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ name: string, command: readonly string[], count?: (code: number) => Counts, before?: () => Promise<void> }} Step */

const reports = mkdtempSync(join(tmpdir(), 'easel-test-'))
const bin = (/** @type {string} */ name) => [projectNode(), join(root, 'node_modules', name)]
const vitestReport = join(reports, 'vitest.json')
const pytestReport = join(reports, 'pytest.xml')
const playwrightReport = join(reports, 'playwright.json')

/** @type {Step[]} Quick to say no first; about as long as half of the suites. */
const checks = [
  { name: 'format', command: [...bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'] },
  {
    name: 'rooms',
    command: [
      ...bin('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'app',
      'main',
      'renderer',
      'models/dataset',
      'e2e',
    ],
  },
  { name: 'types-app', command: [...bin('typescript/bin/tsc'), '-p', 'tsconfig.app.json'] },
  { name: 'types-main', command: [...bin('typescript/bin/tsc'), '-p', 'tsconfig.main.json'] },
  { name: 'types-e2e', command: [...bin('typescript/bin/tsc'), '-p', 'tsconfig.e2e.json'] },
  {
    name: 'types-renderer',
    command: [
      ...bin('svelte-check/bin/svelte-check'),
      '--tsconfig',
      'tsconfig.renderer.json',
      '--threshold',
      'warning',
      '--fail-on-warnings',
      '--output',
      'human',
    ],
  },
  { name: 'lint', command: [...bin('eslint/bin/eslint.js'), '--max-warnings=0', '.'] },
  {
    name: 'python',
    command: [
      '/usr/bin/python3',
      '-m',
      'pytest',
      'models/tests',
      '-q',
      '-p',
      'no:cacheprovider',
      `--junitxml=${pytestReport}`,
    ],
    count: (code) => {
      const suite = readFileSync(pytestReport, 'utf8').match(/<testsuite [^>]*>/)?.[0] ?? ''
      const number = (/** @type {string} */ name) => Number(suite.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0)
      const failed = number('failures') + number('errors')
      return withHiddenFailure(code, {
        passed: number('tests') - failed - number('skipped'),
        failed,
        skipped: number('skipped'),
      })
    },
  },
]

/** @type {Step[]} */
const suites = [
  {
    name: 'unit',
    // Some start the studio as a person does, which needs its page.
    before: buildRenderer,
    command: [
      ...bin('vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${vitestReport}`,
    ],
    count: (code) => {
      const report = JSON.parse(readFileSync(vitestReport, 'utf8'))
      const counts = {
        passed: report.numPassedTests,
        failed: report.numFailedTests,
        skipped: report.numPendingTests + report.numTodoTests,
      }
      return withHiddenFailure(code, counts)
    },
  },
  {
    name: 'e2e',
    before: buildRenderer,
    command: [...bin('@playwright/test/cli.js'), 'test', '--reporter=list,json'],
    count: (code) => {
      const { stats } = JSON.parse(readFileSync(playwrightReport, 'utf8'))
      return withHiddenFailure(code, {
        passed: stats.expected + stats.flaky,
        failed: stats.unexpected,
        skipped: stats.skipped,
      })
    },
  },
]

/** A runner that fails without a failed test (a crash, no test found) still counts as one failure. @param {number} code @param {Counts} counts */
function withHiddenFailure(code, counts) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

/** @param {Step} step @returns {Promise<Counts>} */
async function runStep(step) {
  const started = Date.now()
  const [command, ...args] = step.command
  const env = { ...projectEnvironment(), PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport, FORCE_COLOR: '0' }
  /** @type {Counts} */
  let counts
  let output = ''
  try {
    await step.before?.()
    const result = await run(command ?? '', args, { env, stdout: 'capture', mayFail: true })
    output = result.output
    counts =
      step.count?.(result.code) ??
      (result.code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 })
  } catch (error) {
    output += String(error)
    counts = { passed: 0, failed: 1, skipped: 0 }
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const isGood = counts.failed === 0
  console.log(
    `${isGood ? '✔' : '✘'} ${step.name} (${seconds} s): ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  )
  if (!isGood || step.count !== undefined) console.log(tail(output, isGood ? 12 : 400))
  return counts
}

/** @param {string} text @param {number} lines */
function tail(text, lines) {
  return text
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n')
}

/** @param {readonly Step[]} steps @returns {Promise<Counts[]>} */
async function runLane(steps) {
  const all = []
  for (const step of steps) all.push(await runStep(step))
  return all
}

const wanted = process.argv.slice(2)
const names = [...checks, ...suites].map((step) => step.name)
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`Unknown step: ${unknown.join(', ')}. Allowed: ${names.join(', ')}.`)
  process.exit(2)
}
const isWanted = (/** @type {Step} */ step) => wanted.length === 0 || wanted.includes(step.name)

await installPackages()
const missing = await ensureDebianPackages()
if (missing !== undefined) console.error(missing)

// Two cores, two lanes: static checks and Python beside the suites.
const lanes = await Promise.all([runLane(checks.filter(isWanted)), runLane(suites.filter(isWanted))])
rmSync(reports, { recursive: true })
const total = lanes.flat().reduce((sum, counts) => ({
  passed: sum.passed + counts.passed,
  failed: sum.failed + counts.failed,
  skipped: sum.skipped + counts.skipped,
}))
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
