import { pageUrl, resourceUrlPrefix } from '../electron/addresses.ts'
import type { FakeShell } from '../electron/testing/start-fake-shell.ts'

const picture = 'picture/0198a4c0-0001-7000-8000-000000000001'

/** A picture that says it is a page must be neither: it is sent under a type that nothing shows, and a policy under which nothing runs. */
export async function checkPictureAnswer({ session, studio }: FakeShell): Promise<readonly string[]> {
  studio.resources.set(picture, { bytes: Buffer.from('<script>alert(1)</script>'), type: 'text/html' })
  const response = await session.respond(resourceUrlPrefix + picture)
  const wanted = {
    'content-type': /^application\/octet-stream$/,
    'content-security-policy': /^default-src 'none'/,
    'x-content-type-options': /^nosniff$/,
  }
  return Object.entries(wanted).flatMap(([name, pattern]) => {
    const value = response?.headers.get(name) ?? 'missing'
    return pattern.test(value) ? [] : [`of a picture, ${name} is ${value}`]
  })
}

/** Only short requests to read are answered with anything. */
export async function checkRefusals({ session }: FakeShell): Promise<readonly string[]> {
  const requests = [
    { what: 'a form that is sent', url: pageUrl, method: 'POST' },
    { what: 'a deletion', url: pageUrl, method: 'DELETE' },
    { what: 'an address without end', url: `${pageUrl}#${'x'.repeat(2000)}`, method: 'GET' },
  ]
  const answers = await Promise.all(
    requests.map(async ({ what, url, method }) => ({ what, status: (await session.respond(url, method))?.status })),
  )
  return answers.flatMap(({ what, status }) =>
    status === 404 ? [] : [`${what} is answered with ${status ?? 'nothing'}`],
  )
}
