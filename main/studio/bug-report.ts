import { homedir } from 'node:os'

import type { Fact } from './facts.ts'

export interface BugReportParts {
  /** When it is made, for its first line. */
  readonly at: Date
  readonly facts: readonly Fact[]
  /** The newest lines of the log, oldest first. */
  readonly log: readonly string[]
}

/** A report to be read before it is sent: plain text, nothing encoded, the home folder as `~`. */
export function writeBugReport({ at, facts, log }: BugReportParts): string {
  const lines = facts.map(({ subject, isGood, text }) => `- ${isGood ? '' : '**not well** '}${subject}: ${text}`)
  const text = [
    '# Easel bug report',
    '',
    `Made on ${at.toISOString()}. Nothing has been sent. Read it, take out what you like, say what you did and what`,
    'happened instead of what you expected, and attach it yourself.',
    '',
    '## What I did, and what happened',
    '',
    '',
    '## This installation',
    '',
    ...lines,
    '',
    `## The newest ${log.length} lines of the log`,
    '',
    // A fence longer than any in the log.
    '~~~~~~~~json',
    ...log,
    '~~~~~~~~',
    '',
  ].join('\n')
  return text.replaceAll(homedir(), '~')
}
