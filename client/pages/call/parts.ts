// One chunk: each lazy file adds its hashed name to the first load. The lobby loads it, so a call has it offline, too.
export { default as DoorPrompt } from '../door/DoorPrompt.svelte'
export { default as LobbyDoor } from '../door/LobbyDoor.svelte'
export { default as PolicyChoice } from '../door/PolicyChoice.svelte'
export { default as EndedScreen } from './EndedScreen.svelte'
export { default as SafetyPanel } from './SafetyPanel.svelte'
