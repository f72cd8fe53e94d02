import { openCheckpoint } from '../readers/open-checkpoint.ts'
import { Refusal, type Rule } from '../readers/refusal.ts'

export interface Verdict {
  /** The rule that refused the file, `accepted`, or the message of an error that is no refusal. */
  readonly rule: Rule | 'accepted' | 'untyped'
  readonly message: string
  readonly milliseconds: number
}

/** Does to a file what an import does before it knows its family: opens it and reads every tensor. */
export async function examine(path: string, temporaryFolder: string): Promise<Verdict> {
  const start = performance.now()
  const elapsed = (): number => performance.now() - start
  try {
    const checkpoint = await openCheckpoint([path], { temporaryFolder })
    try {
      for (const source of checkpoint.sources) for (const name of source.tensors.keys()) source.readFloat32(name)
    } finally {
      await checkpoint.close()
    }
    return { rule: 'accepted', message: '', milliseconds: elapsed() }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { rule: error instanceof Refusal ? error.rule : 'untyped', message, milliseconds: elapsed() }
  }
}
