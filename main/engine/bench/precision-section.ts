import { percent } from './figures.ts'
import type { PrecisionMeasurement } from './measure-precision.ts'

const heading = '## What a precision changes'

/** The part of docs/performance.md on the quality of each precision. */
export function precisionSection({ packId, prompts, pictures, tokens, precisions }: PrecisionMeasurement): string {
  return [
    heading,
    `${pictures} pictures of ${prompts} prompts made of the words of the pack “${packId}” (${tokens} tokens), with the same noise in every precision. ` +
      'Equal draws and likeliest codes are counted after the tokens that fp32 drew before. `int8-cache` has keys and values of 8 bits, with a calibrated scale for each channel.',
    '',
    '| | mean CLIP score | the same picture in every token | the same draws | the same likeliest code | nats a token of the fp32 pictures |',
    '|---|---|---|---|---|---|',
    ...precisions.map(
      ({ name, clipScore, samePictures, sameDraws, sameArgmax, nll }) =>
        `| ${name} | ${clipScore?.toFixed(4) ?? '–'} | ${percent(samePictures, 1)} | ${percent(sameDraws, 2)} | ${percent(sameArgmax, 2)} | ${nll.toFixed(5)} |`,
    ),
    '',
    'Written by `node main/engine/bench/precision.ts --report docs/performance.md`, which measures this part alone. A judge’s score of both precisions: models/starter/EVALUATION.md.',
    '',
  ].join('\n')
}

/** The page with this section in the place of the one it has; at its end when it has none. */
export function withSection(page: string, section: string): string {
  const start = page.indexOf(heading)
  if (start < 0) return `${page.trimEnd()}\n\n${section}`
  const next = page.indexOf('\n## ', start)
  return `${page.slice(0, start)}${section}${next < 0 ? '' : page.slice(next)}`
}
