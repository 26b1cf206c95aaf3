import ts from 'typescript'
import type { Source } from './imports.ts'

/** Names of the members of each interface, by the interface's name. Their doc comments hold for implementations. */
type Interfaces = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Returns the declarations without a doc comment, as `path:line: name`. Checked are exported functions and classes, and
 * the public methods and getters of such classes. Implementations of an interface may leave the comment to it.
 */
export function findUndocumented(sources: readonly Source[]): string[] {
  const files = sources.map(({ path, text }) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  const interfaces = collectInterfaces(files)
  return files.flatMap((file) =>
    file.statements
      .filter(isExported)
      .flatMap((statement) => listDeclarations(statement, interfaces))
      .filter(({ node }) => !hasDocComment(node))
      .map(({ node, name }) => `${file.fileName}:${lineOf(file, node)}: ${name}`),
  )
}

interface Declaration {
  node: ts.Node
  name: string
}

function listDeclarations(statement: ts.Statement, interfaces: Interfaces): Declaration[] {
  if (ts.isFunctionDeclaration(statement)) return [{ node: statement, name: nameOf(statement) }]
  if (ts.isClassDeclaration(statement))
    return [{ node: statement, name: nameOf(statement) }, ...listMembers(statement, interfaces)]
  if (!ts.isVariableStatement(statement)) return []
  return statement.declarationList.declarations
    .filter(
      ({ initializer }) => initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)),
    )
    .map((declaration) => ({ node: statement, name: nameOf(declaration) }))
}

function listMembers(statement: ts.ClassDeclaration, interfaces: Interfaces): Declaration[] {
  const inherited = (statement.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap(({ expression }) => [...(interfaces.get(expression.getText()) ?? [])]),
  )
  return statement.members
    .filter(
      (member) => ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member) || isMethodProperty(member),
    )
    .filter((member) => !ts.isPrivateIdentifier(member.name) && !hasModifier(member, ts.SyntaxKind.PrivateKeyword))
    .filter((member) => !hasModifier(member, ts.SyntaxKind.OverrideKeyword) && !inherited.includes(nameOf(member)))
    .map((member) => ({ node: member, name: `${nameOf(statement)}.${nameOf(member)}` }))
}

/** A property that holds an arrow function works as a method. */
const isMethodProperty = (member: ts.ClassElement): member is ts.PropertyDeclaration =>
  ts.isPropertyDeclaration(member) && member.initializer !== undefined && ts.isArrowFunction(member.initializer)

function collectInterfaces(files: readonly ts.SourceFile[]): Interfaces {
  const interfaces = new Map<string, Set<string>>()
  for (const statement of files.flatMap((file) => [...file.statements]).filter(ts.isInterfaceDeclaration))
    interfaces.set(
      statement.name.text,
      new Set(statement.members.filter(hasDocComment).map((member) => nameOf(member))),
    )
  return interfaces
}

const isExported = (statement: ts.Statement): boolean => hasModifier(statement, ts.SyntaxKind.ExportKeyword)

const hasModifier = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false)

const hasDocComment = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).length > 0

const nameOf = (node: { name?: ts.Node }): string => node.name?.getText() ?? 'default'

const lineOf = (file: ts.SourceFile, node: ts.Node): number =>
  file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
