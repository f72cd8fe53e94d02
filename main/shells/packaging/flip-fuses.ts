import { join } from 'node:path'
import { flipFuses, FuseV1Options, FuseVersion, type FuseConfig } from '@electron/fuses'
import type { AfterPackContext } from 'electron-builder'

import { wantedFuses } from '../security/fuses.ts'

/** Name of the program on Linux. */
export const linuxProgram = 'easel'

/** The wire of Electron's program: each fuse by its number. A fuse that is new in Electron makes packaging fail. */
export const fuseConfig: FuseConfig = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  [FuseV1Options.RunAsNode]: wantedFuses.RunAsNode,
  [FuseV1Options.EnableCookieEncryption]: wantedFuses.EnableCookieEncryption,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: wantedFuses.EnableNodeOptionsEnvironmentVariable,
  [FuseV1Options.EnableNodeCliInspectArguments]: wantedFuses.EnableNodeCliInspectArguments,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: wantedFuses.EnableEmbeddedAsarIntegrityValidation,
  [FuseV1Options.OnlyLoadAppFromAsar]: wantedFuses.OnlyLoadAppFromAsar,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: wantedFuses.LoadBrowserProcessSpecificV8Snapshot,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: wantedFuses.GrantFileProtocolExtraPrivileges,
  [FuseV1Options.WasmTrapHandlers]: wantedFuses.WasmTrapHandlers,
}

/** After packing and before signing: sets every fuse in the program. */
export async function flipAllFuses({
  appOutDir,
  packager,
  electronPlatformName,
  arch,
}: AfterPackContext): Promise<void> {
  const { productFilename } = packager.appInfo
  const program =
    { darwin: `${productFilename}.app`, win32: `${productFilename}.exe` }[electronPlatformName] ?? linuxProgram
  const isArm64Mac = electronPlatformName === 'darwin' && Number(arch) === arm64
  await flipFuses(join(appOutDir, program), { ...fuseConfig, resetAdHocDarwinSignature: isArm64Mac })
}

/** `Arch.arm64` of electron-builder, which is CommonJS and slow to load. */
const arm64 = 3
