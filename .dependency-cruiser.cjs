// Who may import whom (docs/architecture.md, "The rooms"). Each rule says why in its comment, which the tool prints.
const only = (name, room, packageName, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: room },
  to: { path: `(^|/)node_modules/${packageName}/|^${packageName}$` },
})

module.exports = {
  forbidden: [
    {
      name: 'app-imports-nobody',
      comment: 'app is what the studio is; it runs anywhere and knows no room, no Node, no DOM.',
      severity: 'error',
      from: { path: '^app/', pathNot: '[.]test[.]ts$' },
      to: { path: '^(main|renderer|models|e2e|scripts)/' },
    },
    {
      name: 'app-has-no-node',
      comment: 'app runs in a page and in a process alike.',
      severity: 'error',
      from: { path: '^app/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-and-main-never-meet',
      comment: 'Not even for types: StudioApi in app/contract is all they share.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(main|models|e2e|scripts)/' },
    },
    {
      name: 'main-never-meets-renderer',
      severity: 'error',
      from: { path: '^main/' },
      to: { path: '^(renderer|e2e|scripts)/' },
    },
    {
      name: 'features-never-meet',
      comment: 'Features meet in App.svelte or state.',
      severity: 'error',
      from: { path: '^renderer/features/([^/]+)/' },
      to: { path: '^renderer/features/', pathNot: '^renderer/features/$1/' },
    },
    {
      name: 'ui-knows-no-feature',
      comment: 'Buttons and dialogs know nothing of pictures.',
      severity: 'error',
      from: { path: '^renderer/ui/' },
      to: { path: '^renderer/(features|state)/' },
    },
    {
      name: 'library-and-engine-do-not-know-the-studio',
      severity: 'error',
      from: { path: '^main/(library|engine|packs)/' },
      to: { path: '^main/(studio|shells)/' },
    },
    {
      name: 'studio-does-not-know-shells',
      severity: 'error',
      from: { path: '^main/studio/' },
      to: { path: '^main/shells/' },
    },
    only(
      'only-the-engine-process-runs-onnx',
      '^main/engine/process/',
      'onnxruntime-(node|common)',
      'A native crash must cost a job, never the studio.',
    ),
    only('only-the-library-opens-sqlite', '^main/library/', 'better-sqlite3', 'One writer.'),
    only(
      'only-the-electron-shell-knows-electron',
      '^(main/shells/electron/|electron[.]config)',
      'electron',
      'The other shells run without it.',
    ),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-undeclared',
      comment: 'A package that package.json does not name may vanish.',
      severity: 'error',
      from: { pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^electron$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.main.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'svelte', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.svelte', '.json'],
    },
  },
}
