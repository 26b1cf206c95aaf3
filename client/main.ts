import { mount } from 'svelte'
import App from './App.svelte'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import { routeOf } from '../machines/route.ts'
import { texts } from './texts.ts'

document.documentElement.lang = texts.language
const target = document.querySelector('#app')
if (target) mount(App, { target })

// A room's page shows its own machines (screens/Room.svelte); any other, the rooms of the server.
const isInspected = new URLSearchParams(location.search).get('inspect') === '1'
if (isInspected && routeOf(location.pathname).page !== 'room') void import('./inspect/rooms.ts').then(({ inspectRooms }) => inspectRooms())
