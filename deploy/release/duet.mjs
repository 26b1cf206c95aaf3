#!/usr/bin/env node
// The command `duet` of the packages, beside the bundles: the server, or with `turn` or `check` the TURN program.
const [command] = process.argv.slice(2)
if (command === 'turn') process.argv.splice(2, 1)
await import(command === 'turn' || command === 'check' ? './turn.js' : './main.js')
