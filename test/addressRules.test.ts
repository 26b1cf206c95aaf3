import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { addressModules, findAddressRules } from './addressRules.ts'
import type { Source } from './imports.ts'

const root = new URL('../', import.meta.url)

const readCode = (folder: string): Source[] =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .map((entry) => posix.relative(root.pathname, posix.join(entry.parentPath, entry.name)))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))

const code = ['machines', 'server', 'client', 'turn'].flatMap(readCode)

test('only the address modules have IP address rules', () => {
  expect(findAddressRules(code)).toEqual([])
})

test('every address module exists', () => {
  expect(addressModules.filter((module) => !code.some(({ path }) => path === module))).toEqual([])
})

test('each file that had a rule is named when the rule returns', () => {
  for (const module of addressModules) {
    const { text } = code.find(({ path }) => path === module)!
    expect(findAddressRules([{ path: 'server/net/copy.ts', text }]), module).not.toEqual([])
  }
})

test.each([
  ['an import of node:net', `import { isIP } from 'node:net'`],
  ['a namespace import of node:net', `import * as net from 'node:net'\nnet.isIPv4('a')`],
  ['a block list', `const list = new net.BlockList()`],
  ['an IPv4 range', `const range = '10.0.0.0/8'`],
  ['an IPv6 range', `const range = 'fc00::/7'`],
  ['a range in a template', 'const range = `::1/${bits} 192.168.0.0/16`'],
  ['an IPv4-mapped prefix', `const prefix = '::ffff:'`],
  ['an expression of an IPv4-mapped address', String.raw`const mapped = /^::ffff:(\d+)/`],
  ['an expression of a private IPv4 range', String.raw`const near = /^(10|192\.168)\./`],
  ['an expression of any IPv4 address', String.raw`const dotted = /^\d+(\.\d+){3}$/`],
  ['an expression of loopback', String.raw`const loopback = /^(localhost|\[::1\])$/`],
  ['an expression of unique local addresses', String.raw`const local = /^f[cd]..:/`],
])('findAddressRules finds %s', (_, text) => {
  expect(findAddressRules([{ path: 'server/net/lanUrls.ts', text }])).toEqual([
    expect.stringMatching(/^server\/net\/lanUrls\.ts: /),
  ])
})

test('findAddressRules finds a rule in a component', () => {
  const text = `<script lang="ts">\n  const range = '10.0.0.0/8'\n</script>`
  expect(findAddressRules([{ path: 'client/ui/screens/HomePage.svelte', text }])).toHaveLength(1)
})

test.each([
  ['a single address', `const host = '127.0.0.1'`],
  ['every address', `const host = '::'`],
  ['a comment', `// such as 10.0.0.0/8\nlet a`],
  ['a length of a prefix', `const help = 'one IPv4 address or IPv6 /64'`],
  ['a time', `const at = '12:30:45'`],
  ['a URL', `const url = 'http://127.0.0.1:8000/9'`],
])('findAddressRules accepts %s', (_, text) => {
  expect(findAddressRules([{ path: 'server/net/lanUrls.ts', text }])).toEqual([])
})
