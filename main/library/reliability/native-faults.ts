import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { nodeFileSystem } from '../files/file-system.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import type { Fault } from '../testing/faulty-files.ts'
import { injectFaults, type FaultMachine } from './fault-injection.ts'

/**
 * The same fault injection one level down: the n-th call of the C library on a file of the library fails, SQLite's
 * included. Needs Linux and gcc. `node native-faults.ts [every [minutes]]` prints one JSON object.
 */
const [every = '1', minutes = 'Infinity'] = process.argv.slice(2)
const control = process.env['EASEL_FAULT_CONTROL']
if (control === undefined) runPreloaded()
else await run(control, process.env['EASEL_FAULT_FOLDER'] ?? '')

function runPreloaded(): void {
  const folder = makeQuickFolder('native-faults')
  const [library, controlFile] = [join(folder, 'native-faults.so'), join(folder, 'control')]
  const source = fileURLToPath(new URL('native-faults.c', import.meta.url))
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'])
  writeFileSync(controlFile, Buffer.alloc(16))
  const env = {
    ...process.env,
    LD_PRELOAD: library,
    EASEL_FAULT_CONTROL: controlFile,
    EASEL_FAULT_FOLDER: join(folder, 'root'),
  }
  const result = spawnSync(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' })
  rmSync(folder, { recursive: true })
  process.exitCode = result.status ?? 1
}

async function run(controlFile: string, root: string): Promise<void> {
  const descriptor = openSync(controlFile, 'r+')
  const write = (values: readonly number[]) =>
    writeSync(descriptor, Buffer.from(Int32Array.from(values).buffer), 0, 16, 0)
  const read = () => {
    const bytes = Buffer.alloc(16)
    readSync(descriptor, bytes, 0, 16, 0)
    return bytes.readInt32LE(4)
  }
  let counted = 0
  const machine: FaultMachine = {
    files: nodeFileSystem,
    get operations() {
      return counted
    },
    arm: (failAt, fault) => write([1, 0, failAt, errnoOf(fault)]),
    disarm: () => {
      counted = read()
      write([0, 0, 0, 0])
    },
  }
  nodeFileSystem.makeFolder(root)
  const report = await injectFaults(root, {
    every: Number(every),
    untilMs: performance.now() + Number(minutes) * 60_000,
    createMachine: () => machine,
  })
  closeSync(descriptor)
  console.log(JSON.stringify(report))
  process.exitCode = report.failures.length === 0 ? 0 : 1
}

/** 0 stands for a short write. */
function errnoOf(fault: Fault): number {
  return fault === 'short write' ? 0 : constants.errno[fault]
}
