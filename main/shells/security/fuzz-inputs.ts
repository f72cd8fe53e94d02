import fc from 'fast-check'

const pictureId = '01890a5d-ac96-774b-bcce-b302099a8057'

/** Pieces that have led out of folders somewhere, beside the pieces of good addresses. */
const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E.',
    '..%2f',
    '%2f',
    '%5c',
    '..\\',
    '\\',
    '%00',
    '\0',
    '....',
    '..;',
    '%c0%ae%c0%ae',
    '%252e%252e',
  ),
  fc.constantFrom(
    'CON',
    'nul.',
    'AUX.png',
    'C:',
    'c:%5cwindows',
    '~',
    '$HOME',
    '//server/share',
    '\\\\server\\share',
    'etc/passwd',
    'file:',
  ),
  fc.constantFrom(
    'index.html',
    'assets',
    'secret.txt',
    'link.html',
    'picture',
    'preview',
    'resource',
    'api',
    'session',
    '__proto__',
    'constructor',
  ),
  fc.constantFrom(
    pictureId,
    pictureId.toUpperCase(),
    `${pictureId}.png`,
    `${pictureId}%00`,
    '0',
    '-1',
    '1e9',
    '999999999999',
    'NaN',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constant('x'.repeat(5000)),
)

const path = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join('/'))
const suffix = fc.constantFrom('', '', '', '?x=1', '#x', '/', '//', '?', '%')

const prefix = fc.constantFrom(
  ...[
    'app://easel/',
    'app://easel',
    'app:easel/',
    'app:///',
    'app://evil/',
    'app://easel:80/',
    'app://user@easel/',
    'APP://EASEL/',
  ],
  ...[
    'studio://resource/',
    'studio://resource',
    'studio:/resource/',
    'studio://evil/',
    'studio://resource/../',
    'file:///',
    'http://127.0.0.1/',
    '',
  ],
)

/** Good addresses, each with up to two pieces put in somewhere: most of what a reader gets wrong is near what it gets right. */
function nearlyGood(addresses: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.oneof(piece, fc.constantFrom('/', '?', '%', '')))
  return fc.tuple(fc.constantFrom(...addresses), fc.array(edit, { maxLength: 2 })).map(([address, edits]) =>
    edits.reduce((text, [where, insert]) => {
      const at = Math.round(where * text.length)
      return text.slice(0, at) + insert + text.slice(at)
    }, address),
  )
}

/** Paths of the page folder that fuzzing makes; `link.html` leads out of it. */
const pagePaths = ['index.html', 'assets/index.js', 'link.html', '../secret.txt', 'assets/../../secret.txt']
const resourcePaths = [
  `picture/${pictureId}`,
  `preview/${pictureId}/0/1`,
  `preview/${pictureId}/../../picture/${pictureId}`,
]

/** URLs as they could reach the handlers of `app://` and `studio://`. */
export const urls = fc.oneof(
  fc.tuple(prefix, path, suffix).map((parts) => parts.join('')),
  nearlyGood([
    ...pagePaths.map((page) => `app://easel/${page}`),
    ...resourcePaths.map((id) => `studio://resource/${id}`),
  ]),
)

const target = fc.constantFrom('/', '', '/resource/', '/api/', '//', '/../', 'http://evil.example/', '*')

/** Request targets as they could reach the loopback host. */
export const targets = fc.oneof(
  fc.tuple(target, path, suffix).map((parts) => parts.join('')),
  nearlyGood([
    ...pagePaths.map((page) => `/${page}`),
    ...resourcePaths.map((id) => `/resource/${id}`),
    ...['/api/listPacks', '/api/generate', '/session', '/door.js', '/events'],
  ]),
)

export const methods = fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD', 'DELETE', 'get', 'TRACE', '')

const callName = fc.oneof(
  fc.constantFrom('listPacks', 'getPicture', 'generate', 'toString', '__proto__', 'constructor', 'hasOwnProperty', ''),
  fc.string(),
)
const key = fc.oneof(fc.constantFrom('prompt', 'pictureId', '__proto__', 'constructor', 'toJSON', 'then'), fc.string())
const odd = fc.constantFrom<unknown>(
  undefined,
  null,
  Number.NaN,
  Infinity,
  -0,
  10n,
  Symbol('x'),
  new Map([[1, 2]]),
  new Date(0),
  /x/,
)
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    odd,
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value

/** Arguments of a message to the main process. */
export const messages = fc.oneof(fc.tuple(callName, value), fc.array(fc.oneof(callName, value), { maxLength: 4 }))
