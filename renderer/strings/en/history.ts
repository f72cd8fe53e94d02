import { count } from './count.ts'

export const history = {
  name: 'Prompt history',
  search: 'Search prompts',
  empty: 'Every prompt you try stays here.',
  nothing: 'No prompt has these words.',
  today: 'Today',
  yesterday: 'Yesterday',
  more: 'Show older',
  runAgain: (prompt: string) => `Run again: ${prompt}`,
  copySettings: (prompt: string) => `Copy settings: ${prompt}`,
  pictures: (n: number) => count(n, 'picture', 'pictures'),
  queueCount: (n: number) => count(n, 'run in the queue', 'runs in the queue'),
  pause: 'Pause',
  resume: 'Go on',
  moveFirst: (prompt: string) => `Next in line: ${prompt}`,
  pinned: 'Pinned',
  pin: (prompt: string) => `Pin: ${prompt}`,
  unpin: (prompt: string) => `Unpin: ${prompt}`,
  hide: 'Hide prompt history',
  show: 'Show prompt history',
}
