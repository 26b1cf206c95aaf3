import { type ESTree, parseAst, Visitor } from 'vite'
import type { MachineSource, SourceText } from './machineSource.ts'

/** Runs at build time (vite.config.ts), because the pages have no TypeScript. */

/** TypeScript files by their path, relative to package.json. */
export type SourceFiles = ReadonlyMap<string, string>

interface Module {
  path: string
  code: string
  program: ESTree.Program
  files: SourceFiles
}

/**
 * Returns the places of each machine, its states and its guards in the TypeScript files, by the machine's id.
 * @param files the files of `machines/`
 */
export const readSources = (files: SourceFiles): Record<string, MachineSource> =>
  Object.fromEntries(
    [...files.keys()].filter((path) => path.endsWith('Machine.ts')).flatMap((path) => readMachine(parse(files, path))),
  )

function readMachine(module: Module): [id: string, source: MachineSource][] {
  const found: [string, MachineSource][] = []
  new Visitor({
    CallExpression({ callee, arguments: [config] }) {
      if (callee.type !== 'MemberExpression' || nameOf(callee.property) !== 'createMachine') return
      if (config?.type !== 'ObjectExpression') return
      const id = propertiesOf(config).find(({ key }) => nameOf(key) === 'id')?.value
      if (id?.type !== 'Literal') return
      const [setupModule, options] = setupOf(module, callee.object)
      found.push([
        String(id.value),
        {
          file: module.path,
          line: lineAt(module, config.start),
          states: Object.fromEntries(statesOf(config).map(([name, at]) => [name, lineAt(module, at)])),
          guards: Object.fromEntries(
            propertiesOf(valueOf(options, 'guards')).map((guard) => [
              nameOf(guard.key),
              describeGuard(setupModule, guard),
            ]),
          ),
        },
      ])
    },
  }).visit(module.program)
  return found
}

/** The options of `setup`, in this module or in the one that exports its result. */
function setupOf(module: Module, from: ESTree.Expression): [Module, ESTree.Expression | undefined] {
  if (from.type === 'CallExpression') return [module, from.arguments[0] as ESTree.Expression]
  if (from.type !== 'Identifier') return [module, undefined]
  const [owner, node] = findDeclaration(module, from.name)
  return node?.type === 'CallExpression' ? setupOf(owner, node) : [owner, undefined]
}

/** A guard that only calls a function of the same name shows that function. */
function describeGuard(module: Module, { value, key, start, end }: ESTree.ObjectProperty): SourceText {
  const isCall = value.type === 'ArrowFunctionExpression' && value.body.type === 'CallExpression'
  const callee = isCall ? (value.body as ESTree.CallExpression).callee : null
  if (callee?.type === 'Identifier' && callee.name === nameOf(key)) {
    const [owner, , statement] = findDeclaration(module, callee.name)
    if (statement) return describe(owner, statement.start, statement.end)
  }
  return describe(module, start, end)
}

const describe = (module: Module, start: number, end: number): SourceText => ({
  file: module.path,
  line: lineAt(module, start),
  about: commentBefore(module.code.slice(0, start)),
  text: dedent(module.code.slice(start, end)),
})

/** Returns a top-level value by its name, and its statement. Follows a named import. */
function findDeclaration(
  module: Module,
  name: string,
): [Module, ESTree.Expression | ESTree.Function | undefined, ESTree.Node | undefined] {
  for (const statement of module.program.body) {
    if (statement.type === 'ImportDeclaration' && statement.specifiers.some(({ local }) => local.name === name)) {
      const path = new URL(statement.source.value, `file:///${module.path}`).pathname.slice(1)
      if (module.files.has(path)) return findDeclaration(parse(module.files, path), name)
    }
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declaration?.type === 'FunctionDeclaration' && declaration.id?.name === name)
      return [module, declaration, statement]
    if (declaration?.type !== 'VariableDeclaration') continue
    for (const { id, init } of declaration.declarations)
      if (id.type === 'Identifier' && id.name === name && init) return [module, init, statement]
  }
  return [module, undefined, undefined]
}

/** Path and position of each state. */
function statesOf(config: ESTree.Expression, path = ''): [path: string, start: number][] {
  return propertiesOf(valueOf(config, 'states')).flatMap(({ key, value, start }) => {
    const inner = path + String(nameOf(key))
    return [[inner, start], ...statesOf(value, `${inner}.`)]
  })
}

const propertiesOf = (value: ESTree.Expression | undefined): ESTree.ObjectProperty[] =>
  value?.type === 'ObjectExpression' ? value.properties.filter((property) => property.type === 'Property') : []

const valueOf = (value: ESTree.Expression | undefined, name: string): ESTree.Expression | undefined =>
  propertiesOf(value).find(({ key }) => nameOf(key) === name)?.value

const nameOf = (key: ESTree.PropertyKey): string | null =>
  key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : null

function parse(files: SourceFiles, path: string): Module {
  const code = files.get(path) ?? ''
  return { path, code, program: parseAst(code, { lang: 'ts' }), files }
}

const lineAt = ({ code }: Module, at: number): number => code.slice(0, at).split('\n').length

/** The text of the doc comment at the end of `code`; empty without one. */
function commentBefore(code: string): string {
  const [, comment = ''] = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*$/.exec(code) ?? []
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s*/, '').trimEnd())
    .join(' ')
    .trim()
}

/** Removes the indentation of the last line from all lines. */
function dedent(text: string): string {
  const indentation = /^ */.exec(text.split('\n').at(-1) ?? '')?.[0] ?? ''
  return text.replaceAll(`\n${indentation}`, '\n')
}
