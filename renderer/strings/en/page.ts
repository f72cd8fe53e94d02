export const rail = {
  name: 'Places',
  create: 'Create',
  library: 'Library',
  packs: 'Packs',
  settings: 'Settings',
  commands: 'Commands',
}

export const connection = {
  lost: 'The studio does not answer. Trying again…',
  skip: 'Skip to the easel',
}

export const notice = {
  details: 'Details',
  dismiss: 'Dismiss',
  mended: 'The run goes on from its last finished row.',
}

export const drop = {
  title: 'Drop a picture',
  says: 'A picture made by Easel brings its settings back. Any other becomes part of your prompt.',
}

export const toast = {
  restored: 'The settings of this picture are back.',
  restoredWithoutPicture: 'The settings are back, but not the picture they were drawn from: it is not in this library.',
  restoredOtherPack: (pack: string) =>
    `The settings are back. They were made with the pack ${pack}, which is not installed.`,
  useAsPicture: 'Use it as a picture instead',
  exported: 'Saved.',
}

export const tour = {
  name: 'First picture',
  step: (n: number, of: number) => `${n} of ${of}`,
  promptTitle: 'Say what you want to see',
  promptText:
    'A thing, a colour, a place. The pack knows some words better than others; try one of these, or your own.',
  drawTitle: 'Watch it being drawn',
  drawWait: 'Press Generate, or the keys below.',
  drawText: 'Row by row, many answers at once. Cancel whenever you like: what is finished is kept.',
  rankTitle: 'The best comes first',
  rankText: 'CLIP has put them in order. Give one stars, look closer, or change a part of it with words.',
  look: 'Look at the best one',
  next: 'Next',
  skip: 'Skip',
  done: 'Done',
  again: 'Show the tour again',
  againSays: 'From a prompt to your first picture.',
}

export const palette = {
  name: 'Commands',
  placeholder: 'Type a command or a prompt you used before',
  nothing: 'Nothing by this name.',
  prompts: 'Prompts',
}

export const commands = {
  generate: 'Generate',
  cancel: 'Cancel the run',
  focusPrompt: 'Write a prompt',
  search: 'Search',
  rollSeed: 'Roll a seed',
  toggleSeed: 'Lock or unlock the seed',
  resetSettings: 'Settings back to the pack’s own',
  goCreate: 'Go to Create',
  goLibrary: 'Go to Library',
  goPacks: 'Go to Packs',
  goSettings: 'Go to Settings',
  palette: 'Commands',
  toggleHistory: 'Show or hide prompt history',
  toggleInsight: 'Show or hide best-of-N',
  toggleTheme: 'Switch dark and light',
  compare: 'Compare chosen pictures',
  shortcuts: 'Keyboard shortcuts',
}
