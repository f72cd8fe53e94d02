import type electron from 'electron'

/** Electron as an argument: the shell is wired the same over the real module and over the fake one of the tests. */
export type Electron = typeof electron
