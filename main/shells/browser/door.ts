/**
 * What a browser without a session gets instead of the studio. Its script sends the code of the fragment, which no server
 * ever sees in an address, and takes it out of the address bar and the history.
 */
export const doorPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Easel</title>
<link rel="stylesheet" href="/door.css">
<script type="module" src="/door.js"></script>
</head>
<body>
<main>
<h1>Easel</h1>
<p id="message" role="status">Opening the studio…</p>
<form id="form" hidden>
<label for="code">Address or code</label>
<div><input id="code" autocomplete="off" spellcheck="false" required><button>Open</button></div>
<p>Easel prints the address in the terminal it was started in. Press Enter there for a new one: each opens one browser.</p>
</form>
</main>
</body>
</html>
`

export const doorStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#faf8f5, #17181b); color: light-dark(#22201d, #eceae6) }
body { margin: 0; min-height: 100vh; display: grid; place-items: center }
main { width: min(30rem, 100vw - 3rem) }
h1 { font-weight: 600; letter-spacing: -0.02em; margin: 0 0 0.5rem }
label { font-size: 0.875rem; font-weight: 500 }
div { display: flex; gap: 0.5rem; margin-top: 0.25rem }
input, button { font: inherit; padding: 0.5rem 0.75rem; border-radius: 0.5rem; border: 1px solid light-dark(#8a837a, #7d7f86); background: light-dark(#fff, #222429); color: inherit }
input { flex: 1; min-width: 0 }
button { cursor: pointer; background: light-dark(#22201d, #eceae6); color: light-dark(#fff, #17181b); border-color: transparent }
:focus-visible { outline: 2px solid light-dark(#9a3412, #fdba74); outline-offset: 2px }
form p { font-size: 0.875rem; color: light-dark(#5c564f, #b1aea8) }
`

export const doorScript = `const message = document.querySelector('#message')
const form = document.querySelector('#form')
const field = document.querySelector('#code')

function codeIn(text) {
  const found = /(?:^|[#&])code=([\\w-]+)/.exec(text)
  return found ? found[1] : text.trim()
}

async function enter(code) {
  const answer = await fetch('/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  })
  if (await isIn()) return location.replace('/')
  ask(answer.status === 204
    ? 'This browser keeps no cookies for the studio. Allow them for this address, then use a new address.'
    : 'This address has been used already, or the studio was started again since. Use the newest one.')
}

async function isIn() {
  return (await fetch('/session')).status === 204
}

function ask(text) {
  message.textContent = text
  form.hidden = false
  field.focus()
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  enter(codeIn(field.value)).catch(fail)
})

function fail() {
  ask('The studio does not answer. Is it still running?')
}

async function start() {
  const fragment = location.hash
  if (fragment) history.replaceState(null, '', location.pathname)
  // At a first visit nobody is in yet: asking that first would be an error in the console.
  if (fragment.includes('code=')) return enter(codeIn(fragment))
  if (await isIn()) return location.replace('/')
  ask('To open the studio in this browser, use the address Easel printed when it was started.')
}

start().catch(fail)
`
