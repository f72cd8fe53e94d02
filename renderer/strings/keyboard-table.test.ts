import { expect, test } from 'vitest'

import { commandIds, defaultKeys, describeKeys } from '#renderer/state/shortcuts.svelte.ts'

import { en } from './en.ts'
import { zh } from './zh.ts'

/** `npx vitest run renderer/strings/keyboard-table.test.ts -u` writes the page anew. */
test('docs/keyboard.md is the table of shortcuts as it is', async () => {
  await expect(keyboardTable()).toMatchFileSnapshot('../../docs/keyboard.md')
})

function keyboardTable(): string {
  const keysOf = (keys: string, isApple: boolean) => (keys === '' ? '–' : `\`${describeKeys(keys, isApple)}\``)
  const rows = commandIds.map((id) => {
    const keys = defaultKeys[id]
    return `| ${en.commands[id]} | ${keysOf(keys, false)} | ${keysOf(keys, true)} | ${zh.commands[id]} |`
  })
  return [
    '# Keyboard',
    '',
    'Written from the list of shortcuts by a test; every one can be changed under Settings. Commands without a key are in the palette.',
    '',
    '| Command | Windows, Linux | macOS | 中文 |',
    '|---|---|---|---|',
    ...rows,
    '',
    'In lists of pictures the arrow keys, `Home` and `End` move, `Enter` opens; in an open picture the arrow keys go on to the next one, through the whole library where it was opened from there, and `Esc` or `Space` closes. On a candidate and in an open picture `1`–`5` give stars, `X` rejects (with *Undo*) and `E` edits; on a candidate `C` takes it into the comparison and `Space` zooms; in an open picture `G` shows the token grid, `H` the uncertainty, `B` what it was drawn from. In the editor and in two panels the keys of *Generate* draw at once; with a brush the arrow keys move, `Space` paints, and with `Shift` they draw a rectangle. In the tree of versions `←` goes to the picture it was drawn from, `→` to the first one drawn from it.',
    '',
  ].join('\n')
}
