import ts from 'typescript'

/** One file: its path from the root, with `/`, and its text. */
export interface Source {
  path: string
  text: string
}

/** A text that people read: a comment, a paragraph, a title or a message. `line` counts from 1. */
export interface Passage {
  line: number
  text: string
}

/** A sentence may have this many words. Code in backticks counts as one. */
export const maxWords = 20

/**
 * Patterns that hide the subject of a sentence, or that stand for a plain word. A sentence should begin with the thing
 * itself: "The server closes …" instead of "Who is silent is …".
 */
export const bannedPatterns: readonly [name: string, pattern: RegExp][] = [
  ['begins with a relative pronoun', /^(who|whoever|whom|whose|what|whatever|whichever|wherever)\b(?!.*\?$)/i],
  ['anew', /\banew\b/i],
  ['whom', /\bwhom\b/i],
  ['whoever', /\bwhoever\b/i],
  ['is no', /\b(is|are|was|were) no\b(?! (longer|more)\b)/i],
  ['is to', /\b(is|are|was|were) to\b(?! the\b)/i],
  ['but for', /\bbut for\b/i],
  ['is told', /\b(is|are|was|were|be|been|being) told\b/i],
  ['in vain', /\bin vain\b/i],
  ['so much or so long without a number', /\b(for|after|within|once in) so (much|long|many)\b/i],
]

/** The sentences of a passage that break a rule, as `path:line: rule: sentence`. */
export const wrongSentences = ({ path, text }: Source): string[] =>
  passagesOf({ path, text }).flatMap(({ line, text: passage }) =>
    sentencesOf(passage).flatMap((sentence) =>
      problemsOf(sentence).map((problem) => `${path}:${line}: ${problem}: ${sentence}`),
    ),
  )

function problemsOf(sentence: string): string[] {
  const words = sentence
    .replace(/`[^`]*`/g, 'code')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length
  return [
    ...(words > maxWords ? [`${words} words`] : []),
    ...bannedPatterns.filter(([, pattern]) => pattern.test(sentence)).map(([name]) => name),
  ]
}

/** Splits at the end of a sentence, at a colon or semicolon, and around list items. A fragment of one word is none. */
export const sentencesOf = (passage: string): string[] =>
  passage
    .replace(/\s+/g, ' ')
    .split(/(?<=[.!?:;…])["”’)]*\s+|\s+(?=@\w+)|\s[|•]\s|\s\|$/)
    .map((sentence) => sentence.replace(/^(@\w+(\s+\{[^}]*\})?(\s+[\w.]+)?|[-*#>|\d.)\s]+)+/, '').trim())
    .filter((sentence) => sentence.split(' ').length > 1)

export function passagesOf({ path, text }: Source): Passage[] {
  if (path.endsWith('.md')) return paragraphs(text)
  if (/\.(css|html)$/.test(path)) return markupComments(text)
  if (!path.endsWith('.svelte')) return ofScript(path, text)
  const scripts = [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)]
  return [
    ...markupComments(text.replace(/<script[^>]*>[\s\S]*?<\/script>/g, (script) => script.replace(/[^\n]/g, ''))),
    ...scripts.flatMap(({ 0: whole, 1: inner = '', index }) => {
      const before = lineAt(text, index + whole.indexOf(inner)) - 1
      return ofScript(`${path}.ts`, inner).map(({ line, text: passage }) => ({ line: line + before, text: passage }))
    }),
  ]
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length

/** Paragraphs, list items and cells of a Markdown text, without its code blocks. */
function paragraphs(text: string): Passage[] {
  const plain = text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''))
  const found: Passage[] = []
  let start = 0
  let lines: string[] = []
  const flush = (): void => {
    if (lines.length) found.push({ line: start, text: lines.join(' ') })
    lines = []
  }
  plain.split('\n').forEach((line, at) => {
    if (/^\s*($|[-*#>|]|\d+\.)/.test(line)) flush()
    if (!line.trim()) return
    if (line.trimStart().startsWith('|')) line.split('|').forEach((cell) => found.push({ line: at + 1, text: cell }))
    else {
      if (!lines.length) start = at + 1
      lines.push(line.trim())
    }
  })
  flush()
  return found
}

const markupComments = (text: string): Passage[] =>
  [...text.matchAll(/<!--([\s\S]*?)-->|\/\*([\s\S]*?)\*\//g)].map((match) => ({
    line: lineAt(text, match.index),
    text: match[1] ?? match[2] ?? '',
  }))

/** Comments, and the strings that people read: three words at least, or the title of a test. */
function ofScript(path: string, text: string): Passage[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const comments = new Map<number, ts.CommentRange>()
  const strings: Passage[] = []
  const visit = (node: ts.Node): void => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]) {
      comments.set(range.pos, range)
    }
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) addString(node, node.text)
    else if (ts.isTemplateExpression(node))
      addString(node, [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('X'))
    for (const child of node.getChildren(file)) visit(child)
  }
  const addString = (node: ts.Node, words: string): void => {
    if (isProse(words)) strings.push({ line: lineAt(text, node.getStart(file)), text: words })
  }
  visit(file)
  return [...commentBlocks(text, [...comments.values()]), ...strings]
}

/** Text that a person reads, and not code, CSS, SDP or markup. */
const isProse = (words: string): boolean =>
  words.trim().split(/\s+/).length >= 3 && !/[{}<>]|\n[^\n]*\n|=[^ ]|^[a-z]=|::/.test(words)

/** Line comments that follow each other are one passage. */
function commentBlocks(text: string, ranges: readonly ts.CommentRange[]): Passage[] {
  const blocks: (Passage & { end: number })[] = []
  for (const { pos, end, kind } of ranges.toSorted((a, b) => a.pos - b.pos)) {
    const raw = text.slice(pos, end)
    const words =
      kind === ts.SyntaxKind.SingleLineCommentTrivia ? raw.slice(2) : raw.slice(2, -2).replace(/^\s*\*+ ?/gm, '')
    const last = blocks.at(-1)
    if (
      last &&
      kind === ts.SyntaxKind.SingleLineCommentTrivia &&
      text.slice(last.end, pos).trim() === '' &&
      !text.slice(last.end, pos).includes('\n\n')
    ) {
      last.text += ` ${words}`
      last.end = end
    } else blocks.push({ line: lineAt(text, pos), text: words, end })
  }
  return blocks
}
