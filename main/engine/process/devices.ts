import { existsSync } from 'node:fs'

import * as ort from 'onnxruntime-node'

/** Where a transformer can run. `dml` is DirectML. */
export const devices = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const
export type Device = (typeof devices)[number]

/** As people know them. */
export const deviceNames: Readonly<Record<Device, string>> = {
  cpu: 'the CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  coreml: 'CoreML',
  dml: 'DirectML',
}

/** Likeliest to be fast first. */
const preference: Readonly<Partial<Record<NodeJS.Platform, readonly Device[]>>> = {
  linux: ['cuda', 'webgpu'],
  darwin: ['webgpu', 'coreml'],
  win32: ['dml', 'webgpu'],
}

/**
 * The devices besides the CPU that are worth a try here.
 * @param wish `EASEL_DEVICE`: `auto` (or nothing) = those of the platform that ONNX Runtime brings along, else the one named
 */
export function devicesToTry(
  wish: string | undefined,
  platform: NodeJS.Platform = process.platform,
  bundled: ReadonlySet<string> = bundledBackends(),
): Device[] {
  if (wish !== undefined && wish !== 'auto' && wish !== '')
    return devices.filter((device) => device === wish && device !== 'cpu')
  return (preference[platform] ?? []).filter((device) => bundled.has(device))
}

/** What this build of ONNX Runtime holds; on Linux WebGPU is of no use, and not silent about it, without a Vulkan loader. */
function bundledBackends(): Set<string> {
  const names = new Set<string>(ort.listSupportedBackends().flatMap(({ name, bundled }) => (bundled ? [name] : [])))
  if (process.platform === 'linux' && !hasVulkanLoader()) names.delete('webgpu')
  return names
}

function hasVulkanLoader(): boolean {
  const { LD_LIBRARY_PATH = '' } = process.env
  const usual = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
  const folders = [...LD_LIBRARY_PATH.split(':').filter((folder) => folder !== ''), ...usual]
  return folders.some((folder) => existsSync(`${folder}/libvulkan.so.1`))
}
