import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from 'svelte/compiler'
import { expect, test } from 'vitest'
import { createStaticIcon } from '../../client/staticIcons.ts'

const client = fileURLToPath(new URL('../../client', import.meta.url))
const icons = fileURLToPath(new URL('../../node_modules/@lucide/svelte/dist/icons', import.meta.url))

const files = (await readdir(client, { recursive: true })).filter((name) => name.endsWith('.svelte'))
const sources = await Promise.all(
  files.map(async (name) => [name, await readFile(join(client, name), 'utf8')] as const),
)
const uses = sources.flatMap(([file, source]) =>
  [...source.matchAll(/import (\w+) from '@lucide\/svelte\/icons\/([\w-]+)'/g)].map(([, name = '', icon = '']) => ({
    file,
    source,
    name,
    icon,
  })),
)

test('an icon keeps its shapes, and has a size and a stroke width', () => {
  const data = '{ "name": "x", "size": 24, "node": [["path", { "d": "M6 6" }], ["circle", { "cx": "12", "r": "3" }]] }'
  const component = createStaticIcon(`<script lang="ts">\nconst iconData = ${data};\n</script>`)
  expect(component).toContain('<path d="M6 6" /><circle cx="12" r="3" /></svg>')
  expect(component).toContain('width={size} height={size}')
  expect(component).toContain('stroke-width={strokeWidth}')
})

test('a component without icon data is an error of the build', () => {
  expect(() => createStaticIcon('<svg></svg>')).toThrow('no icon data')
})

test('each icon of the pages compiles without a warning', async () => {
  expect(uses.length).toBeGreaterThan(0)
  for (const icon of new Set(uses.map((use) => use.icon))) {
    const code = createStaticIcon(await readFile(join(icons, `${icon}.svelte`), 'utf8'))
    expect(compile(code, { runes: true }).warnings, icon).toEqual([])
  }
})

test('the pages give icons no other props than these two', () => {
  const props = uses.flatMap(({ file, source, name }) =>
    [...source.matchAll(new RegExp(`<${name}\\b([^>]*)/>`, 'g'))].flatMap(([, text = '']) =>
      [...text.matchAll(/([\w-]+)=/g)].map(([, prop]) => ({ file, name, prop })),
    ),
  )
  expect(props.length).toBeGreaterThan(0)
  expect(props.filter(({ prop }) => prop !== 'size' && prop !== 'strokeWidth')).toEqual([])
})
