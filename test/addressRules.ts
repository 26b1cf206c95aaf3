import ts from 'typescript'
import { extractScripts, parse, type Source } from './imports.ts'

/**
 * The files that may know what an IP address looks like: bytes and text, ranges, rules. Pages can import neither
 * node:net nor `turn/`, so they have their own file.
 */
export const addressModules = [
  'turn/stun/ip.ts',
  'turn/common/addressRanges.ts',
  'turn/common/address.ts',
  'machines/protocol/address.ts',
] as const

const netNames = new Set(['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'])

const rangePattern = /(?<![\w.:])(\d{1,3}(\.\d{1,3}){3}|[\da-f]{0,4}(:[\da-f]{0,4}){2,7})\/\d{1,3}\b/i
const mappedPattern = /\bffff:/i

/** Patterns in the source of a regular expression: `127\.`, four numbers, `::1`, `^fe80:`, `^f[cd]..:`. */
const regexPatterns: readonly [name: string, pattern: RegExp][] = [
  ['an IPv4-mapped address', mappedPattern],
  ['an IPv4 address', /\d\\\.|\([^()]*\\\.[^()]*\)\{3\}|\[\\d\.\]/],
  ['an IPv6 address', /::1|\^\(?f[ce\d[]/i],
]

/** Returns every IP address rule outside the address modules, as `path: reason`. */
export const findAddressRules = (sources: readonly Source[]): string[] =>
  sources
    .filter(({ path }) => !addressModules.some((module) => module === path))
    .flatMap((source) => [...new Set(listRules(source))].map((reason) => `${source.path}: ${reason}`))

function listRules(source: Source): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    found.push(...describeNode(node))
    ts.forEachChild(node, visit)
  }
  for (const script of extractScripts(source)) visit(parse(source.path, script))
  return found
}

function describeNode(node: ts.Node): string[] {
  if (ts.isIdentifier(node) && netNames.has(node.text)) return [`uses ${node.text} of node:net`]
  if (ts.isRegularExpressionLiteral(node))
    return regexPatterns
      .filter(([, pattern]) => pattern.test(node.text))
      .map(([name]) => `has a regular expression of ${name}: ${node.text}`)
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateHead(node) && !ts.isTemplateMiddleOrTemplateTail(node)) return []
  const range = rangePattern.exec(node.text) ?? mappedPattern.exec(node.text)
  return range ? [`has the IP range ${range[0]}`] : []
}
