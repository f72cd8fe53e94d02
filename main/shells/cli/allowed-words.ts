import type { Command } from 'commander'

/** Lets a command, and those under it, name the commands or options that there are when one is given that there is not. */
export function nameAllowedWords(command: Command, write: (text: string) => void): void {
  command.exitOverride((error) => {
    if (error.code === 'commander.unknownCommand') write(`The commands are: ${namesOf(command.commands)}.\n`)
    if (error.code === 'commander.unknownOption') write(`The options are: ${optionsOf(command)}.\n`)
    throw error
  })
  for (const below of command.commands) nameAllowedWords(below, write)
}

function namesOf(commands: readonly Command[]): string {
  return [...commands.map((command) => command.name()), 'help'].join(', ')
}

function optionsOf({ options }: Command): string {
  return [...options.map(({ long, flags }) => long ?? flags), '--help'].join(', ')
}
