import { mount } from 'svelte'
import App from './App.svelte'
import '@fontsource-variable/figtree/wght.css'
import './ui/styles/tokens.css'
import './ui/styles/base.css'
import './ui/styles/controls.css'
import { keepLinksOutOfFrame, listWantedLanguages } from './common/framing.ts'
import { openStorage } from './common/storage.ts'
import { selectedLanguage } from './i18n/language.ts'
import { loadLanguage } from './languages/load.ts'

const target = document.querySelector('#app')
const language = selectedLanguage(openStorage('localStorage'), listWantedLanguages())
keepLinksOutOfFrame(document)
void loadLanguage(language, document.documentElement).then(() => target && mount(App, { target }))
