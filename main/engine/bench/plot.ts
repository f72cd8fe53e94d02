export interface PlotPoint {
  readonly x: number
  readonly y: number
}

export interface Plot {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  /** Powers of two at equal distances. */
  readonly isXLogarithmic: boolean
  readonly series: readonly { readonly name: string; readonly colour: string; readonly points: readonly PlotPoint[] }[]
}

const [width, height] = [640, 360]
const margin = { left: 64, right: 16, top: 40, bottom: 48 }

/** A line plot as SVG, `y` from 0; a tick at every measured `x`. */
export function svgOf({ title, xLabel, yLabel, isXLogarithmic, series }: Plot): string {
  const points = series.flatMap((line) => line.points)
  const at = (x: number): number => (isXLogarithmic ? Math.log2(x) : x)
  const [least, most] = [Math.min(...points.map(({ x }) => at(x))), Math.max(...points.map(({ x }) => at(x)))]
  const top = niceCeiling(Math.max(...points.map(({ y }) => y)))
  const left = (x: number): number =>
    margin.left + ((at(x) - least) / (most - least || 1)) * (width - margin.left - margin.right)
  const down = (y: number): number => height - margin.bottom - (y / top) * (height - margin.top - margin.bottom)
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b)
  const ys = [0, 0.25, 0.5, 0.75, 1].map((share) => share * top)
  const text = (x: number, y: number, anchor: string, words: string): string =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#555">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(margin.left, 20, 'start', title),
    ...ys.map(
      (y) =>
        `<path d="M${margin.left} ${down(y).toFixed(1)}H${width - margin.right}" stroke="#ddd"/>` +
        text(margin.left - 6, down(y) + 4, 'end', String(Number(y.toPrecision(3)))),
    ),
    ...xs.map((x) => text(left(x), height - margin.bottom + 18, 'middle', String(x))),
    text((margin.left + width - margin.right) / 2, height - 8, 'middle', xLabel),
    `<text transform="translate(14 ${height / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
    ...series.flatMap(({ name, colour, points: line }, index) => [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${line.map(({ x, y }) => `${left(x).toFixed(1)},${down(y).toFixed(1)}`).join(' ')}"/>`,
      ...line.map(
        ({ x, y }) => `<circle cx="${left(x).toFixed(1)}" cy="${down(y).toFixed(1)}" r="3" fill="${colour}"/>`,
      ),
      `<text x="${width - margin.right}" y="${20 + 14 * index}" text-anchor="end" fill="${colour}">${name}</text>`,
    ]),
    '</svg>',
    '',
  ].join('\n')
}

/** The next of 1, 2, 2.5, 4, 5, 8, 10 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1))
  return power * ([1, 2, 2.5, 4, 5, 8].find((step) => step * power >= value) ?? 10)
}
