/**
 * The nine fuses of Electron 45 as Easel ships them, by their names in `@electron/fuses`. What each does:
 * https://www.electronjs.org/docs/latest/tutorial/fuses
 */
export const wantedFuses = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  // Without a snapshot file of its own the program would not start.
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
  WasmTrapHandlers: true,
} as const
