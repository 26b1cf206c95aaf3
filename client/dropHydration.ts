import type { Plugin } from 'vite'

/**
 * Removes Svelte's hydration of server-rendered HTML from the pages: they have none. Svelte guards that code with
 * `hydrating`, so that a bundler drops it. Its blocks set the variable, so rolldown keeps it.
 */
export function dropHydrationPlugin(): Plugin {
  return {
    name: 'duet-drop-hydration',
    apply: 'build',
    transform: {
      filter: { id: /\/svelte\/src\/internal\/client\/dom\/hydration\.js$/ },
      handler: (code) => ({ code: dropHydration(code), map: null }),
    },
  }
}

/**
 * Makes `hydrating` a constant.
 * @param code of Svelte's `internal/client/dom/hydration.js`
 * @throws {Error} if the code does not declare and set `hydrating` exactly once
 */
export function dropHydration(code: string): string {
  const declaration = /export let hydrating = false;/g
  const assignment = /^\s*hydrating = value;/gm
  for (const pattern of [declaration, assignment])
    if (code.match(pattern)?.length !== 1) throw new Error(`expected once: ${pattern.source}`)
  return code.replace(declaration, 'export const hydrating = false;').replace(assignment, '')
}
