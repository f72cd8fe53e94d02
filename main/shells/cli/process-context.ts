import { exitCodes, type CliContext } from './context.ts'

/** A Ctrl-C arrives more than once when npm and its scripts pass it on: what comes this soon is the same one. */
const sameInterruptMs = 1000

/** The part of the context that is the process's own: streams, terminal, signals. */
export function createProcessContext(): Pick<
  CliContext,
  'writeOut' | 'writeErr' | 'terminalColumns' | 'isDebugging' | 'interruption'
> {
  const writeErr = writerOf(process.stderr, () => undefined)
  const writeOut = writerOf(process.stdout, (error) => {
    writeErr(
      `easel: Standard output cannot be written: ${error.message}.\nThe pictures are in the library; see: easel library list\n`,
    )
    process.once('exit', (code) => {
      if (code === 0) process.exitCode = exitCodes.failed
    })
  })
  return {
    writeOut,
    writeErr,
    terminalColumns: process.stderr.isTTY ? (process.stderr.columns ?? 80) : null,
    isDebugging: (process.env['EASEL_DEBUG'] ?? '') !== '',
    interruption: () => takeInterruptsOver(writeErr),
  }
}

/**
 * Who reads may stop reading (`easel … | head`): what is left unsaid then is no failure.
 * @param onFailure is told once of any other failure, such as a full disk
 */
function writerOf(stream: NodeJS.WriteStream, onFailure: (error: Error) => void): (text: string) => void {
  let isOpen = true
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (isOpen && error.code !== 'EPIPE') onFailure(error)
    isOpen = false
  })
  return (text) => {
    if (isOpen) stream.write(text)
  }
}

function takeInterruptsOver(writeErr: (text: string) => void): AbortSignal {
  const controller = new AbortController()
  let firstAt: number | undefined
  process.on('SIGINT', () => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      writeErr('\nStopping … (Ctrl-C again ends at once)\n')
      controller.abort()
    } else if (performance.now() - firstAt > sameInterruptMs) process.exit(130)
  })
  return controller.signal
}
