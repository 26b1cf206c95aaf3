// One chunk: each lazy file adds its hashed name to the first load.
export { default as DoorPrompt } from './DoorPrompt.svelte'
export { default as LobbyDoor } from './LobbyDoor.svelte'
export { default as PolicyChoice } from './PolicyChoice.svelte'
