import type { Plugin } from 'vite'

/**
 * Compiles each icon of `@lucide/svelte` to a static `<svg>`. The package computes the attributes of an icon in the page,
 * which takes 3 KiB of the first load.
 */
export function staticIconsPlugin(): Plugin {
  return {
    name: 'duet-static-icons',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { id: /\/@lucide\/svelte\/dist\/icons\/[^/]+\.svelte$/ },
      handler: (code) => ({ code: createStaticIcon(code), map: null }),
    },
  }
}

type IconNode = [tag: string, attributes: Record<string, string>]

/**
 * Returns a component that draws the same icon. Its only props are `size` in px, 24 by default, and `strokeWidth`, 2 by
 * default.
 * @param code of a component of `@lucide/svelte/icons`
 * @throws {Error} if the code has no icon data
 */
export function createStaticIcon(code: string): string {
  const data = /const iconData = (\{.*\});$/m.exec(code)?.[1]
  if (data === undefined) throw new Error('no icon data')
  const { node } = JSON.parse(data) as { node: IconNode[] }
  const shapes = node.map(([tag, attributes]) => {
    const pairs = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`)
    return `<${tag}${pairs.join('')} />`
  })
  return `<script>const { size = 24, strokeWidth = 2 } = $props()</script>
<svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width={strokeWidth} stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${shapes.join('')}</svg>`
}
