import type { FakeContents } from './fake-contents.ts'

/** An `IpcMainInvokeEvent` as Electron makes it for a message of the studio's own page; `changes` make it another's. */
export function pageEvent(contents: FakeContents, changes: Readonly<Record<string, unknown>> = {}): unknown {
  return { sender: contents, senderFrame: fakeFrame(changes) }
}

function fakeFrame(changes: Readonly<Record<string, unknown>>): unknown {
  return {
    origin: 'app://easel',
    url: 'app://easel/index.html',
    parent: null,
    detached: false,
    isDestroyed: () => false,
    ...changes,
  }
}

/** Senders that are not the page: foreign and nested frames, frames that are going away, and things that throw. */
export function foreignEvents(contents: FakeContents): ReadonlyMap<string, unknown> {
  const throwing = {
    get origin(): string {
      throw new Error('Render frame was disposed before WebFrameMain could be accessed')
    },
  }
  const page = pageEvent(contents)
  return new Map<string, unknown>([
    ['a page of another site', pageEvent(contents, { origin: 'https://evil.example' })],
    ['a page whose name begins like ours', pageEvent(contents, { origin: 'app://easel.evil' })],
    ['a data: page', pageEvent(contents, { origin: 'null', url: 'data:text/html,x' })],
    ['a file', pageEvent(contents, { origin: 'file://' })],
    ['a resource', pageEvent(contents, { origin: 'studio://resource' })],
    ['a frame inside the page', pageEvent(contents, { parent: {} })],
    ['a detached frame', pageEvent(contents, { detached: true })],
    ['a destroyed frame', pageEvent(contents, { isDestroyed: () => true })],
    ['a frame that throws', { sender: contents, senderFrame: throwing }],
    ['no frame', { sender: contents, senderFrame: null }],
    ['another window', { ...(page as object), sender: { id: -1, isDestroyed: () => false } }],
    ['a destroyed window', { ...(page as object), sender: { id: contents.id, isDestroyed: () => true } }],
    ['nothing', {}],
  ])
}
