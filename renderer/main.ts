import '@fontsource-variable/instrument-sans/wght.css'
import './styles/tokens.css'
import './styles/base.css'

import './state/without-eval.ts'

import { mount } from 'svelte'

import App from './App.svelte'
import { createBridgeTransport } from './transport/bridge-transport.ts'
import { createLoopbackTransport } from './transport/loopback-transport.ts'

const target = document.getElementById('app')
if (target === null) throw new Error('The page has no #app.')

const transport = window.easel === undefined ? createLoopbackTransport() : createBridgeTransport(window.easel)
mount(App, { target, props: { transport, keeper: localStorage } })
