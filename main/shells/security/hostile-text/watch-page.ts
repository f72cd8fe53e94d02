import { markPattern } from './marks.ts'

/** What only text that became markup can have put there: Easel's page has none of these. */
const dangerous = [
  ...['script:not([src])', 'iframe', 'object', 'embed', 'base', 'meta[http-equiv]', '[href^="javascript:"]'],
  ...['onerror', 'onload', 'onfocus', 'ontoggle', 'onbegin', 'onpageshow'].map((name) => `[${name}]`),
].join(', ')

/** What the watch has seen since the page was loaded. */
export interface Watched {
  /** Scripts that ran out of hostile text. */
  readonly runs: number
  /** Marks that were on the page at some time, in text or in attributes. */
  readonly marks: readonly string[]
  /** The beginnings of elements that hostile text became. */
  readonly injected: readonly string[]
}

/** Runs before anything else of a page, and looks at all that is ever put there: what comes and goes between two looks is seen too. */
export const watchScript = `
  window.hostileRuns = 0
  window.watched = { marks: new Set(), injected: [] }
  const read = (text) => {
    for (const mark of text?.match(/${markPattern}/g) ?? []) window.watched.marks.add(mark)
  }
  const look = (node) => {
    if (!(node instanceof Element)) return read(node.data)
    read(node.outerHTML)
    const found = [node, ...node.querySelectorAll('*')].filter((element) => element.matches(${JSON.stringify(dangerous)}))
    for (const element of found) window.watched.injected.push(element.outerHTML.slice(0, 100))
  }
  new MutationObserver((changes) => {
    for (const { target, addedNodes, attributeName } of changes) {
      if (attributeName !== null) read(target.getAttribute(attributeName))
      else if (target instanceof CharacterData) read(target.data)
      else addedNodes.forEach(look)
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
`

/** An expression: what the watch has seen. */
export const watchedExpression = `({
  runs: window.hostileRuns,
  marks: [...window.watched.marks],
  injected: window.watched.injected,
})`
