import { makeRandomPack } from '../bench/random-pack.ts'
import { loadPack } from './loaded-pack.ts'
import { decode } from './decode.ts'
const pack = await makeRandomPack('8x384')
const draw = async (loaded: any, candidates: number[], chunk: number) => {
  const out = new Map<number, Uint16Array>(),
    nll = new Map<number, Float32Array>()
  for await (const p of decode(
    loaded,
    {
      jobId: 'x' as never,
      packId: pack.manifest.id,
      prompt: 'the red cat',
      seed: 7,
      candidates,
      settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 },
      isPreviewWanted: false,
    },
    { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 },
    { chunk },
  ))
    if (p.type === 'candidate') {
      out.set(p.candidate.index, p.candidate.tokens)
      nll.set(p.candidate.index, p.candidate.nlls)
    }
  return { out, nll }
}
for (const precision of ['int8'] as const) {
  let ref: any
  for (const [threads, count, chunk] of [
    [1, 40, 32],
    [1, 6, 1],
    [2, 40, 20],
    [2, 12, 3],
    [1, 40, 40],
    [2, 40, 7],
    [2, 4, 1],
  ] as const) {
    const loaded = await loadPack({ packId: pack.manifest.id, folder: pack.folder, precision }, { threads })
    const t0 = performance.now()
    const r = await draw(
      loaded,
      Array.from({ length: count }, (_, i) => i),
      chunk,
    )
    const secs = (performance.now() - t0) / 1000
    ref ??= r
    let tokens = 0,
      diff = 0,
      nllDiff = 0
    for (const [i, t] of r.out)
      t.forEach((code, c) => {
        tokens++
        if (code !== ref.out.get(i)[c]) diff++
        if (r.nll.get(i)![c] !== ref.nll.get(i)[c]) nllDiff++
      })
    console.log(precision, { threads, count, chunk, tokens, diff, nllDiff, secs: secs.toFixed(1) })
    await loaded.dispose()
  }
}
await pack.remove()
