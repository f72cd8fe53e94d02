/** The two channels between page and main process; there are no others. */
export const callChannel = 'easel:call'
export const eventChannel = 'easel:event'
