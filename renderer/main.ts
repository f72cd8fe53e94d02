import '@fontsource-variable/instrument-sans/wght.css'
import './styles/tokens.css'
import './styles/base.css'

import './state/without-eval.ts'

import { mount } from 'svelte'

import App from './App.svelte'
import { createLoopbackTransport } from './transport/loopback-transport.ts'

const target = document.getElementById('app')
if (target === null) throw new Error('The page has no #app.')

mount(App, { target, props: { transport: window.easel ?? createLoopbackTransport(), keeper: localStorage } })
