import { httpGet } from './httpGet.ts'

const label = '[a-z]+="[A-Za-z0-9_.+-]+"'
const sample = new RegExp(`^([a-z_]+)(\\{${label}(?:,${label})*\\})? (\\d+(?:\\.\\d+)?(?:e-?\\d+)?)$`)

/**
 * Parses the Prometheus text format: values by name and label.
 * @throws on a malformed line, or on one without HELP and TYPE before it
 */
export function parseMetrics(text: string): Record<string, number> {
  const metadata = new Map<string, string>()
  const numbers: Record<string, number> = {}
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, kind, subject = '', words = ''] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? []
    const [, name = '', labels = '', value] = sample.exec(line) ?? []
    if (kind) metadata.set(`${kind} ${subject}`, words)
    const family = metadata.has(`HELP ${name}`) ? name : name.replace(/_(bucket|sum|count)$/, '')
    if (!kind && (value === undefined || !metadata.has(`HELP ${family}`)))
      throw new Error(`malformed or undescribed sample: ${line}`)
    if (!kind) numbers[name + labels] = Number(value)
    const type = name.endsWith('_total') ? 'counter' : family === name ? 'gauge' : 'histogram'
    if (name && metadata.get(`TYPE ${family}`) !== type) throw new Error(`TYPE does not match the name: ${line}`)
  }
  return numbers
}

/** Scrapes the metrics of a server's admin listener. */
export const readMetrics = async ({ server }: { server: { adminUrl?: string | undefined } }) =>
  parseMetrics((await httpGet(server.adminUrl!, '/metrics')).text)
