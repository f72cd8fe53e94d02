import type { exposeBridge } from '../electron/bridge.ts'

type Arguments = Parameters<typeof exposeBridge>
type Listener = (event: unknown, ...args: readonly unknown[]) => void

/** Whether the preload gives the page its three functions and nothing of Electron. */
export async function checkBridge(expose: typeof exposeBridge): Promise<readonly string[]> {
  const exposed: [string, unknown][] = []
  const invoked: unknown[][] = []
  const listeners: Listener[] = []
  const ipcRenderer = {
    invoke: (...args: unknown[]) => Promise.resolve(invoked.push(args)),
    on: (_channel: string, listener: Listener) => void listeners.push(listener),
    off: (_channel: string, listener: Listener) => void listeners.splice(listeners.indexOf(listener), 1),
  }
  const contextBridge = { exposeInMainWorld: (name: string, api: unknown) => void exposed.push([name, api]) }
  expose(contextBridge as unknown as Arguments[0], ipcRenderer as unknown as Arguments[1])

  const [[name, api] = ['', undefined]] = exposed
  const bridge = { ...(api as object) } as Readonly<Record<string, (...args: unknown[]) => unknown>>
  const problems: string[] = []
  if (exposed.length !== 1 || name !== 'easel')
    problems.push(`exposes ${exposed.map(([exposedName]) => exposedName).join()}`)
  if (Object.keys(bridge).sort().join() !== 'invoke,resourceUrl,subscribe')
    problems.push(`gives ${Object.keys(bridge).join()}`)
  if (Object.values(bridge).some((value) => typeof value !== 'function')) problems.push('gives more than functions')

  await bridge['invoke']?.('listPacks', { a: 1 }, 'more')
  if (JSON.stringify(invoked) !== '[["easel:call","listPacks",{"a":1}]]')
    problems.push(`invokes ${JSON.stringify(invoked)}`)
  if (bridge['resourceUrl']?.('picture/x') !== 'studio://resource/picture/x') problems.push('resources are elsewhere')

  const heard: unknown[][] = []
  const stop = bridge['subscribe']?.((...args: unknown[]) => heard.push(args))
  for (const listener of listeners) listener({ sender: ipcRenderer }, { type: 'packsChanged' })
  if (JSON.stringify(heard) !== '[[{"type":"packsChanged"}]]') problems.push(`hands on ${JSON.stringify(heard)}`)
  if (isFunction(stop)) stop()
  if (listeners.length > 0) problems.push('goes on listening')
  return problems
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function'
}
