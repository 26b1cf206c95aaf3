import { mount } from 'svelte'
import App from './App.svelte'
import './ui/styles/tokens.css'
import './ui/styles/base.css'
import './ui/styles/controls.css'
import { texts } from './i18n/texts.ts'

document.documentElement.lang = texts.language
const target = document.querySelector('#app')
if (target) mount(App, { target })
