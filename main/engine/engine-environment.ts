/**
 * The environment of every process that loads ONNX Runtime. Its published builds for Linux and macOS report to their maker (sessions, models, a number that
 * names the machine) and keep a file for it, unless this is set before they are loaded; a later call cannot undo it.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
 */
export function engineEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, ORT_DISABLE_TELEMETRY: '1' }
}
