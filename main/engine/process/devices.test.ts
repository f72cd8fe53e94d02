import { expect, it } from 'vitest'

import { devicesToTry } from './devices.ts'

it('tries what the platform has and ONNX Runtime brings along, or what is wished', () => {
  const all = new Set(['cpu', 'webgpu', 'cuda', 'coreml', 'dml'])
  expect({
    linux: devicesToTry(undefined, 'linux', all),
    withoutCuda: devicesToTry('auto', 'linux', new Set(['cpu', 'webgpu'])),
    mac: devicesToTry('auto', 'darwin', all),
    windows: devicesToTry('', 'win32', all),
    unknownPlatform: devicesToTry('auto', 'freebsd', all),
    wished: devicesToTry('cuda', 'linux', new Set(['cpu'])),
    cpu: devicesToTry('cpu', 'linux', all),
    nonsense: devicesToTry('toaster', 'linux', all),
  }).toEqual({
    linux: ['cuda', 'webgpu'],
    withoutCuda: ['webgpu'],
    mac: ['webgpu', 'coreml'],
    windows: ['dml', 'webgpu'],
    unknownPlatform: [],
    wished: ['cuda'],
    cpu: [],
    nonsense: [],
  })
})
