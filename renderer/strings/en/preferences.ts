import { count } from './count.ts'

export const preferences = {
  name: 'Settings',
  look: 'Look',
  theme: 'Theme',
  themes: { system: 'As the system', dark: 'Dark', light: 'Light' },
  language: 'Language',
  languages: { system: 'As the system', en: 'English', zh: '中文' },
  keys: 'Keyboard',
  keySearch: 'Search shortcuts',
  change: (command: string) => `Change shortcut: ${command}`,
  pressKeys: 'Press the keys…',
  keyTaken: (command: string) => `Already used for: ${command}`,
  keyReset: 'Back to the original keys',
  about: 'About',
  version: 'Version',
  shell: 'Shell',
  shells: { electron: 'Desktop window', browser: 'Browser', cli: 'Command line' },
  offline: 'Easel works without a network. Nothing you write or draw leaves this machine.',
}

export const care = {
  name: 'Care of the library',
  verify: 'Check everything',
  rebuild: 'Take in stray files',
  repair: 'Repair',
  working: 'Working…',
  sound: (pictures: number) => `${count(pictures, 'picture', 'pictures')} checked, nothing wrong`,
  problems: (n: number) => `${count(n, 'problem', 'problems')} found. Repair puts right what can be put right.`,
  rebuilt: (added: number) => (added === 0 ? 'No stray files' : `${added} taken in`),
  nothingToRepair: 'Nothing to repair',
  repaired: (pictures: number) => `Repaired: ${count(pictures, 'picture', 'pictures')}`,
  restored: (pictures: number) => `Restored: ${count(pictures, 'picture', 'pictures')}`,
  backups: 'Backups',
  restore: 'Restore…',
  sure: 'Go back to this backup?',
  restoreNow: 'Restore',
  cancel: 'Cancel',
  scoresBy: 'Scores shown',
  ownScores: 'of the pack that drew the picture',
  scored: (scored: number, all: number) => `${scored} of ${all} pictures scored`,
}

export const labels = {
  name: 'Labels',
  says: 'Words that every picture is compared with by CLIP. Filter the library by them; nothing leaves this machine.',
  template: 'Template',
  templateSays: '{} stands for the label.',
  list: 'Labels, one a line',
  add: 'Add labels',
  none: 'No labels yet.',
  remove: (name: string) => `Remove label ${name}`,
  scored: (n: number) => `${count(n, 'picture', 'pictures')} compared`,
  waiting: (n: number) => `${n.toLocaleString('en')} to go`,
  filter: 'Label',
  least: 'Least likeness to the label',
  show: (name: string) => `Show pictures like ${name}`,
  noRanking: 'No pack with CLIP is installed, so pictures cannot be compared with words.',
}

export const bugReport = {
  name: 'Bug report',
  says: 'Versions, machine, packs, library and the log, without prompts and pictures. Nothing is sent: read it, then send it yourself.',
  make: 'Make a report',
  copy: 'Copy the report',
  copied: 'Copied',
}
