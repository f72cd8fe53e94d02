import { StudioError } from '#app/contract/errors.ts'

/** @param maxDepth nesting of objects and arrays; checked before parsing, which recurses. Throws `invalidRequest`. */
export function parseJson(text: string, maxDepth = 32): unknown {
  let depth = 0
  let isInString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isInString) {
      if (code === 0x5c) i++
      else if (code === 0x22) isInString = false
    } else if (code === 0x22) isInString = true
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) throw new StudioError('invalidRequest', `JSON nests deeper than ${maxDepth} levels.`)
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StudioError('invalidRequest', 'This text is not JSON.', { cause: error })
  }
}
