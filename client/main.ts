import { mount } from 'svelte'
import App from './App.svelte'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import { texts } from './texts.ts'

document.documentElement.lang = texts.language
const target = document.querySelector('#app')
if (target) mount(App, { target })
