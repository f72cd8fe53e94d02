declare module 'imagetracerjs' {
  interface TracedColour {
    readonly r: number
    readonly g: number
    readonly b: number
    readonly a: number
  }
  /** The options that are used here; the library knows more. */
  interface TraceOptions {
    readonly pal?: readonly TracedColour[]
    readonly colorquantcycles?: number
    readonly pathomit?: number
    readonly ltres?: number
    readonly qtres?: number
    readonly linefilter?: boolean
    readonly roundcoords?: number
    readonly strokewidth?: number
    readonly viewbox?: boolean
  }
  const ImageTracer: {
    imagedataToSVG(
      pixels: { readonly width: number; readonly height: number; readonly data: ArrayLike<number> },
      options?: TraceOptions,
    ): string
  }
  export default ImageTracer
}
