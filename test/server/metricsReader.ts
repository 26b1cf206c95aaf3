import { httpGet } from './httpGet.ts'

const sample = /^([a-z_]+)(\{[a-z]+="[A-Za-z0-9_-]+"\})? (\d+(?:\.\d+)?(?:e-?\d+)?)$/

/** Every number by its name and label; throws where a line is none, or its HELP and TYPE do not stand before it. */
export function parseMetrics(text: string): Record<string, number> {
  const metadata = new Map<string, string>()
  const numbers: Record<string, number> = {}
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, kind, subject = '', words = ''] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? []
    const [, name = '', label = '', value] = sample.exec(line) ?? []
    if (kind) metadata.set(`${kind} ${subject}`, words)
    else if (value === undefined || !metadata.has(`HELP ${name}`)) throw new Error(`not for Prometheus: ${line}`)
    else numbers[name + label] = Number(value)
    if (name && metadata.get(`TYPE ${name}`) !== (name.endsWith('_total') ? 'counter' : 'gauge'))
      throw new Error(`of the wrong type: ${line}`)
  }
  return numbers
}

/** @param server whose admin listener answers */
export const readMetrics = async ({ server }: { server: { adminUrl?: string | undefined } }) =>
  parseMetrics((await httpGet(server.adminUrl!, '/metrics')).text)
