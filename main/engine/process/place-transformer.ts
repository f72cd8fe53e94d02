import type { Golden } from '#app/domain/golden.ts'
import type { PackManifest, Precision } from '#app/domain/pack.ts'
import type { PromptTokenizer } from '#app/kernels/prompt-tokenizer.ts'

import { findCacheMode } from './cache-self-test.ts'
import { checkDevice, leastAgreement } from './device-check.ts'
import { deviceNames, devicesToTry, type Device } from './devices.ts'
import { rowMultipleOf } from './row-multiple.ts'
import { checkNames, createSession, type ModelWeightsFile } from './sessions.ts'
import { TransformerRunner, type CacheMode } from './transformer-run.ts'
import { transformerThreads, type ThreadSettings } from './transformer-threads.ts'

/** The transformer of a pack, where it runs, and one sentence that says so and why. */
export interface PlacedTransformer {
  readonly runner: TransformerRunner
  readonly device: Device
  readonly where: string
}

export interface TransformerSource {
  readonly bytes: Uint8Array
  readonly fileName: string
  readonly weights?: ModelWeightsFile
  readonly manifest: PackManifest
  readonly precision: Precision
  readonly tokenizer: PromptTokenizer
  /** Asked for when there is a device to check. */
  readonly golden: () => Promise<Golden | null>
}

export interface PlaceSettings extends ThreadSettings {
  readonly cacheMode?: CacheMode
  /** `EASEL_DEVICE`, see `devicesToTry`; absent = the CPU. */
  readonly device?: string
  /** Called before a device is touched: its driver may end the process. */
  readonly onTry?: (device: Device) => void
}

/** Devices that could not be had, and why: this does not change while the process lives. */
const unavailable = new Map<Device, string>()

/**
 * Puts a transformer where it runs fastest: on the first device that draws the pack's golden tokens and is not slower than the CPU, else on the CPU.
 * A device that is wished by name need not be faster. Whatever goes wrong there ends on the CPU.
 */
export async function placeTransformer(source: TransformerSource, settings: PlaceSettings): Promise<PlacedTransformer> {
  const onCpu = await makeRunner(source, settings, 'cpu')
  const { onTry } = settings
  // Attention on keys of 8 bits is an operator of the CPU.
  const wish = source.precision === 'int8-cache' ? 'cpu' : (settings.device ?? 'cpu')
  const reasons: string[] = []
  for (const device of devicesToTry(wish)) {
    const placed = await tryDevice(source, settings, device, onCpu, onTry).catch((error: unknown) => reasonOf(error))
    if (typeof placed !== 'string') {
      await onCpu.dispose()
      return placed
    }
    reasons.push(`${deviceNames[device]}: ${placed}.`)
  }
  return { runner: onCpu, device: 'cpu', where: ['Everything runs on the CPU.', ...reasons].join(' ') }
}

/** @returns the transformer there, or why not */
async function tryDevice(
  source: TransformerSource,
  settings: PlaceSettings,
  device: Device,
  onCpu: TransformerRunner,
  onTry: PlaceSettings['onTry'],
): Promise<PlacedTransformer | string> {
  const golden = await source.golden()
  if (golden?.runs.some(({ precision }) => precision === source.precision) !== true) {
    return 'not tried, because the pack has no golden run to check it with'
  }
  const known = unavailable.get(device)
  if (known !== undefined) return known
  onTry?.(device)
  let runner: TransformerRunner
  try {
    runner = await makeRunner(source, settings, device)
  } catch (error) {
    const reason = `cannot be had here (${reasonOf(error)})`
    unavailable.set(device, reason)
    return reason
  }
  try {
    const here = await checkDevice(onCpu, source.tokenizer, golden, Infinity)
    const isWished = settings.device === device
    const there = await checkDevice(runner, source.tokenizer, golden, isWished ? Infinity : 3 * here.stepMs)
    const speed = `${there.stepMs.toFixed(1)} ms a step, ${here.stepMs.toFixed(1)} on the CPU`
    const agreement = `${(100 * there.agreement).toFixed(1)} % of ${there.tokens} golden tokens`
    const isRight = there.agreement >= leastAgreement
    if (isRight && !there.isTooSlow && (isWished || there.stepMs < here.stepMs)) {
      const where = `The transformer runs on ${deviceNames[device]} (${agreement}, ${speed}), pictures and CLIP on the CPU.`
      return { runner, device, where }
    }
    await runner.dispose()
    return isRight ? `slower (${speed})` : `draws other tokens (the same for ${agreement})`
  } catch (error) {
    await runner.dispose().catch(() => undefined)
    return `failed its check (${reasonOf(error)})`
  }
}

async function makeRunner(
  { bytes, fileName, weights, manifest, precision }: TransformerSource,
  settings: PlaceSettings,
  device: Device,
): Promise<TransformerRunner> {
  const threads = transformerThreads(bytes.length + (weights?.data.length ?? 0), settings)
  const session = await createSession(bytes, fileName, { threads, device }, weights)
  const lastLayer = `past.${manifest.transformer.layers - 1}.value`
  const inputs = ['ids', 'positions', 'first_logit', 'last_position', 'total_length', lastLayer]
  checkNames(session, fileName, inputs, ['logits'])
  // Tensors that stay on a device ended the process in this release of onnxruntime-node (main/engine/README.md).
  const mode = device === 'cpu' ? (settings.cacheMode ?? (await findCacheMode(session, manifest, precision))) : 'copied'
  return new TransformerRunner(session, manifest, precision, mode, precision === 'fp32' ? 1 : rowMultipleOf(bytes))
}

/** The first line, without the source paths that ONNX Runtime begins its messages with. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const line = text.split('\n')[0] ?? ''
  return line.replace(/^.*?(?=Failed|failed|not )/, '').slice(0, 160)
}
