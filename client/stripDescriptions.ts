import { type ESTree, parseAst, type Plugin, Visitor } from 'vite'

/**
 * Removes the descriptions of the machines from the pages: they are 3.6 KiB of the first load, and only lazy parts show
 * them (`virtual:descriptions`). The server and the tests see the machines as they are written.
 */
export function stripDescriptionsPlugin(): Plugin {
  return {
    name: 'duet-strip-descriptions',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { id: /\/machines\/.+Machine\.ts$/ },
      handler: (code) => ({ code: stripDescriptions(code), map: null }),
    },
  }
}

/**
 * Removes `description` from a machine and its states, and `meta.events` from the machine. The table of event
 * descriptions is unused then, so the bundler drops it. Only literal configs are visited: the arguments of
 * `createMachine` and the values of `states`.
 * @param code TypeScript
 * @throws {Error} if a removed value is more than a text or a name, because its evaluation might have effects
 */
export function stripDescriptions(code: string): string {
  const removed: ESTree.ObjectProperty[] = []
  const visitState = (state: ESTree.Expression | undefined): void => {
    const description = findProperty(state, 'description')
    const events = findProperty(findProperty(state, 'meta')?.value, 'events')
    removed.push(...[description, events].filter((property) => property !== undefined))
    const states = propertiesOf(findProperty(state, 'states')?.value)
    for (const { value } of states) visitState(value)
  }
  new Visitor({
    CallExpression({ callee, arguments: [config] }) {
      if (callee.type !== 'MemberExpression' || nameOf(callee.property) !== 'createMachine') return
      if (config && config.type !== 'SpreadElement') visitState(config)
    },
  }).visit(parseAst(code, { lang: 'ts' }))
  return removed
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, property) => {
      if (!isPure(property.value)) throw new Error(`not a text: ${code.slice(property.start, property.end)}`)
      return text.slice(0, property.start) + text.slice(property.end).replace(/^\s*,/, '')
    }, code)
}

const propertiesOf = (value: ESTree.Expression | undefined): ESTree.ObjectProperty[] =>
  value?.type === 'ObjectExpression' ? value.properties.filter((property) => property.type === 'Property') : []

const findProperty = (value: ESTree.Expression | undefined, name: string): ESTree.ObjectProperty | undefined =>
  propertiesOf(value).find(({ key, computed }) => !computed && nameOf(key) === name)

const nameOf = (key: ESTree.PropertyKey): unknown =>
  key.type === 'Identifier' ? key.name : key.type === 'Literal' ? key.value : null

const isPure = (value: ESTree.Expression): boolean =>
  value.type === 'Literal' ||
  value.type === 'Identifier' ||
  (value.type === 'BinaryExpression' && isPure(value.left as ESTree.Expression) && isPure(value.right))
