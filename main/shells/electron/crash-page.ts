import { pageOrigin, pageUrl } from './addresses.ts'

export const crashPath = 'crash.html'
export const crashUrl = `${pageOrigin}/${crashPath}`
const shownLines = 60

/** What is shown instead of a page that keeps crashing: no script, every text escaped. @param log newest lines, oldest first */
export function crashPage(reason: string, logPath: string, log: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Easel</title>
<h1>The window of Easel crashed twice</h1>
<p>Your pictures are safe: they are kept by another part of Easel, which goes on. The reason given was “${escape(reason)}”.</p>
<p><a href="${pageUrl}">Open the studio again</a></p>
<p>To report this, attach what <code>easel bug-report</code> prints, or these newest lines of ${escape(logPath)}:</p>
<pre>${log.slice(-shownLines).map(escape).join('\n')}</pre>
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
