const rules: readonly (readonly [RegExp, string])[] = [
  [/\.map$/, 'a source map'],
  [/\.(?:test|spec)\.[cm]?[jt]s$/, 'a test'],
  [/(?<!\.d)\.[cm]?ts$|\.svelte$/, 'a source'],
  [/\.d\.[cm]?ts$/, 'a declaration'],
  [/(?:^|\/)(?:testing|fake|e2e|tests?|__tests__|\.git|\.github)\//, 'a folder of development'],
  [/(?:^|\/)(?:\.env|\.npmrc|tsconfig.*\.json|.*\.log)$/, 'a file of development'],
  [/\.(?:pt|pth|ckpt|safetensors)$/, 'training weights'],
]

/** Files that must not be shipped, each with the reason. @param paths relative, with slashes */
export function unwantedFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) =>
    rules.filter(([pattern]) => pattern.test(path)).map(([, what]) => `${path} is ${what}`),
  )
}
