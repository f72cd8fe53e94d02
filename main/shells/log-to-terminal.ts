/** Warnings and errors, for who started Easel in a terminal. */
export function logToTerminal(level: 'info' | 'warn' | 'error', text: string): void {
  if (level !== 'info') process.stderr.write(`easel: ${text}\n`)
}
