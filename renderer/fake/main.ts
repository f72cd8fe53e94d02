import '@fontsource-variable/instrument-sans/wght.css'
import '../styles/tokens.css'
import '../styles/base.css'

import icons from '@iconify-json/fluent-emoji-flat/icons.json'
import { mount } from 'svelte'

import App from '../App.svelte'
import { createFakeStudio } from './fake-studio.ts'
import { createFakePainter } from './fake-painter.ts'

const target = document.getElementById('app')
if (target === null) throw new Error('The page has no #app.')

/** `?library=100000&row=40&empty&noclip&fail`: what the pretended studio holds and how fast it draws. */
const wishes = new URLSearchParams(location.search)
const bodies: Readonly<Record<string, { readonly body: string }>> = icons.icons
const painter = createFakePainter((name) => bodies[name]?.body ?? '')
const studio = createFakeStudio({
  librarySize: Number(wishes.get('library') ?? 480),
  rowMs: Number(wishes.get('row') ?? 220),
  isFailing: wishes.has('fail'),
  hasPack: !wishes.has('nopack'),
  paint: painter,
})
mount(App, { target, props: { transport: studio, keeper: localStorage } })
