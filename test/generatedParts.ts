/**
 * Replaces the generated parts of a README, each between its two markers.
 * @throws {Error} when a part has no markers
 */
export function replaceGeneratedParts(readme: string, parts: Record<string, string>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- made: ${name} -->`, `<!-- /made: ${name} -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`the README has no place for ${name}`)
    return `${text.slice(0, from + begin.length)}\n${part.trim()}\n${text.slice(to)}`
  }, readme)
}
