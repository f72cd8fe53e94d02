import type { CommandId } from './shortcuts.svelte.ts'
import type { Studio } from './studio.svelte.ts'

/** Keys that mean something to a text field are left to it; the others work while writing. */
export function worksWhileWriting(keys: string): boolean {
  return keys.startsWith('Mod+') || keys.startsWith('Alt+')
}

export function canRun(studio: Studio, id: CommandId): boolean {
  switch (id) {
    case 'generate':
      return studio.draft.canGenerate
    case 'cancel':
      return studio.runs.queue.length > 0
    case 'compare':
      return studio.comparison.canOpen
    case 'resetSettings':
      return studio.draft.isChanged
    default:
      return true
  }
}

export function runCommand(studio: Studio, id: CommandId): void {
  if (!canRun(studio, id)) return
  switch (id) {
    case 'generate':
      void studio.generate()
      return
    case 'cancel':
      cancelRun(studio)
      return
    case 'focusPrompt':
      studio.route.go('create')
      focusSoon('[data-prompt]')
      return
    case 'search':
      if (studio.route.place === 'create') studio.preferences.set({ isHistoryShown: true })
      focusSoon('[data-search]')
      return
    case 'palette':
      studio.palette.open()
      return
    case 'rollSeed':
      studio.draft.rollSeed()
      return
    case 'toggleSeed':
      if (studio.draft.seed === null) studio.draft.seed = studio.runs.shown?.generation.seed ?? 0
      else studio.draft.seed = null
      return
    case 'resetSettings':
      studio.draft.reset()
      return
    case 'goCreate':
      studio.route.go('create')
      return
    case 'goLibrary':
      studio.route.go('library')
      return
    case 'goPacks':
      studio.route.go('packs')
      return
    case 'goSettings':
    case 'shortcuts':
      studio.route.go('settings')
      return
    case 'toggleHistory':
      studio.preferences.set({ isHistoryShown: !studio.preferences.isHistoryShown })
      return
    case 'toggleInsight':
      studio.preferences.set({ isInsightShown: !studio.preferences.isInsightShown })
      return
    case 'toggleTheme':
      studio.preferences.set({ theme: isDark(studio) ? 'light' : 'dark' })
      return
    case 'compare':
      studio.comparison.open()
      return
  }
}

/** The run on the easel if it is still going, else the oldest of the queue. */
function cancelRun(studio: Studio): void {
  const shown = studio.runs.shown
  const run = shown !== null && !shown.isEnded ? shown : studio.runs.queue[0]
  if (run !== undefined) void studio.runs.cancel(run.generation.id)
}

function isDark(studio: Studio): boolean {
  const theme = studio.preferences.theme
  return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
}

/** After the page has drawn what the command has just brought up. */
function focusSoon(selector: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus())
}
