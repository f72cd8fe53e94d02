/** What a hostile string tries to run: the mark is counted. */
const run = 'window.hostileRuns=(window.hostileRuns||0)+1'
const encoded = [...run].map((character) => `&#${character.charCodeAt(0)};`).join('')

const breakouts = [
  '',
  '"',
  "'",
  '">',
  "'>",
  '`>',
  '</title>',
  '</textarea>',
  '</script>',
  '</style>',
  '-->',
  ']]>',
  '}}',
  '${',
  '{@html ',
  '\\u003e',
  '\0',
  '\u202e',
  '\ufeff',
  '%3e',
]

const vectors = [
  `<script>${run}</script>`,
  `<ScRiPt>${run}</sCrIpT>`,
  `<scr<script>ipt>${run}</scr</script>ipt>`,
  `<img src=x onerror="${run}">`,
  `<img src=x onerror="${encoded}">`,
  `<img/src='x'/onerror=${run}>`,
  `<svg onload="${run}">`,
  `<svg><script>${run}</script></svg>`,
  `<svg><animate onbegin="${run}" attributeName=x dur=1s>`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${run}">`,
  `<iframe srcdoc="<script>parent.${run}</script>"></iframe>`,
  `<iframe src="javascript:parent.${run}"></iframe>`,
  `<a href="javascript:${run}" id=x tabindex=1 autofocus onfocus="${run}">x</a>`,
  `<details open ontoggle="${run}">`,
  `<video><source onerror="${run}"></video>`,
  `<body onpageshow="${run}">`,
  `<input autofocus onfocus="${run}">`,
  `<style>@import 'javascript:${run}';</style>`,
  `<object data="data:text/html,<script>parent.${run}</script>"></object>`,
  `<base href="javascript:/a/-${run}//">`,
  `<meta http-equiv="refresh" content="0;url=javascript:${run}">`,
  `<template><script>${run}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror='${run}'>">`,
  `javascript:${run}`,
  `';${run};//`,
] as const

/** @returns `count` different strings, at most 500; every part of the list has every vector. */
export function hostileCorpus(count: number): readonly string[] {
  return breakouts.flatMap((breakout) => vectors.map((vector) => breakout + vector)).slice(0, count)
}
