/** `logit-row.wat`, assembled by wabt (`wat2wasm logit-row.wat`): so that nothing needs to be built or loaded. */
const assembled =
  'AGFzbQEAAAABFANgAX8BfWAEf319fwBgA399fwF/AwQDAAECBQMBAAEHIwQGbWVtb3J5AgAHaGlnaGVzdAAABHN1bXMAAQVhYm92ZQACCpoFA4kBAgF/BHtDAACA//0TIQIgAiEDIAIhBCACIQUDQCACIAH9AAQA/esBIQIgAyAB/QAEEP3rASEDIAQgAf0ABCD96wEhBCAFIAH9AAQw/esBIQUgAUHAAGoiASAASQ0ACyACIAP96wEgBCAF/esB/esBIQIgAv0fACAC/R8BlyAC/R8CIAL9HwOXlwuCAwQCfwZ7AnwKeyAB/RMhDiACQzuquD+U/RMhD0MAAPjC/RMhEEMAAEBL/RMhEUMK3a06/RMhEkNEdR48/RMhE0OpW2M9/RMhFEPe/HU+/RMhFUMVcjE//RMhFkMAAIA//RMhFwNAIARBgAhqIQVDAAAAAP0TIQpDAAAAAP0TIQsDQCAQIAT9AAQAIA795QEgD/3mAf3rASEGIAYgEf3kASEIIAYgCCAR/eUB/eUBIQcgEyAHIBL95gH95AEhCSAUIAcgCf3mAf3kASEJIBUgByAJ/eYB/eQBIQkgFiAHIAn95gH95AEhCSAXIAcgCf3mAf3kASEJIAkgCEEX/asB/a4BIQkgCiAJ/eQBIQogCyAJIAb95gH95AEhCyAEQRBqIgQgBUkNAAsgDCAK/R8AIAr9HwGSIAr9HwIgCv0fA5KSu6AhDCANIAv9HwAgC/0fAZIgC/0fAiAL/R8DkpK7oCENIAQgAEkNAAsgAyAMOQMAIAMgDUTvOfr+Qi7mP6I5AwgLiAECA38BeyACIQUgAf0TIQYDQCAD/QAEACAG/UYgA/0ABBAgBv1G/YUBIAP9AAQgIAb9RiAD/QAEMCAG/Ub9hQH9Zf1kIQQCQCAERQ0AA0AgBSADQQJ2IARoajYCACAFQQRqIQUgBCAEQQFrcSIEDQALCyADQcAAaiIDIABJDQALIAUgAmtBAnYL'

// What is used here of every JavaScript's globals, typed: the types of this room are the language's alone.
interface WasmGlobal {
  atob(text: string): string
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object
    readonly Instance: new (module: object) => {
      readonly exports: {
        readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
        highest(end: number): number
        sums(end: number, most: number, factor: number, out: number): void
        above(end: number, least: number, out: number): number
      }
    }
  }
}
const { WebAssembly, atob } = globalThis as unknown as WasmGlobal
const wasm = new WebAssembly.Module(Uint8Array.from(atob(assembled), (letter) => letter.charCodeAt(0)))

const pageBytes = 65_536
/** Bytes that the loops take at once. */
const blockBytes = 1024

/** Sums over a row with `d = (logit − highest)·factor`. */
export interface RowSums {
  /** Of `exp(d)`: at least 1. */
  readonly mass: number
  /** Of `d·exp(d)`. */
  readonly weighted: number
}

/**
 * The logits of one position where WebAssembly can add them up, four at a time: several times faster than a loop, and with the same bits on
 * every machine. Holds memory for one vocabulary; one row after another.
 */
export class LogitRow {
  /** Largest relative error of `RowSums.mass`, with room to spare (measured 2e-7). */
  static readonly massError = 1e-5

  /** To be filled; then `measure`. */
  readonly logits: Float32Array
  /** What `above` found last, in ascending order. */
  readonly codes: Int32Array
  /** Highest logit of the row that was measured. */
  most = 0
  readonly #exports: InstanceType<WasmGlobal['WebAssembly']['Instance']>['exports']
  readonly #end: number
  readonly #sums: Float64Array

  constructor(vocabulary: number) {
    const end = Math.ceil((vocabulary * 4) / blockBytes) * blockBytes
    const { exports } = new WebAssembly.Instance(wasm)
    exports.memory.grow(Math.ceil((2 * end + 16) / pageBytes))
    const { buffer } = exports.memory
    new Float32Array(buffer, 0, end / 4).fill(-Infinity)
    this.#exports = exports
    this.#end = end
    this.logits = new Float32Array(buffer, 0, vocabulary)
    this.#sums = new Float64Array(buffer, end, 2)
    this.codes = new Int32Array(buffer, end + 16, end / 4)
  }

  /** Finds the highest of `logits`. */
  measure(): void {
    this.most = this.#exports.highest(this.#end)
  }

  /** After `measure`. */
  sums(factor: number): RowSums {
    this.#exports.sums(this.#end, this.most, factor, this.#end)
    return { mass: this.#sums[0] ?? 0, weighted: this.#sums[1] ?? 0 }
  }

  /** Finds the codes whose logit is `least` or more. @returns how many there are, the first of `codes` */
  above(least: number): number {
    return this.#exports.above(this.#end, least, this.#end + 16)
  }
}
