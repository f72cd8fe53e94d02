/** What an import did; running it again adds nothing. */
export interface ImportReport {
  readonly added: number
  /** In the library already. */
  readonly known: number
  readonly refused: readonly { readonly file: string; readonly reason: string }[]
}

export interface ExportReport {
  readonly file: string
  readonly pictures: number
  readonly bytes: number
}
