import { renderUnicodeCompact } from 'uqr'

/** The result of a start, for a person at a terminal. */
export interface StartSummary {
  version: string
  url: string
  /** `DUET_PUBLIC_URL`. */
  publicUrl: string | undefined
  lanUrls: readonly string[]
  /** UDP and TCP port of the TURN server; undefined without one. */
  turnPort: number | undefined
  relayPorts: readonly [first: number, last: number]
  adminUrl: string | undefined
  /** With `--inspect`. */
  inspectorUrl?: string | undefined
  /** With `--lan`: SHA-256 of the authority. */
  lanFingerprint?: string | undefined
}

/** Formats the addresses of a server, a QR code for a phone, and what other devices lack. */
export function formatSummary(summary: StartSummary): string {
  const { version, url, publicUrl, lanUrls, turnPort, relayPorts, adminUrl, inspectorUrl } = summary
  const shareUrl = publicUrl ?? lanUrls.find((each) => each.startsWith('https:'))
  const rows: [label: string, value: string | undefined | false][] = [
    ['Open', publicUrl ?? url],
    ['On this machine', publicUrl !== undefined && url],
    ['On the network', publicUrl === undefined && lanUrls.join(', ')],
    ['TURN', turnPort === undefined ? 'off' : `port ${turnPort} (UDP, TCP), relay ports ${relayPorts.join('–')} (UDP)`],
    ['Metrics', adminUrl && `${adminUrl}/metrics`],
    ['Inspector', inspectorUrl],
  ]
  return [
    `Duet ${version}`,
    ...rows.flatMap(([label, value]) => (value ? [`  ${label.padEnd(16)} ${value}`] : [])),
    ...(summary.lanFingerprint ? explainLan(lanUrls, summary.lanFingerprint) : []),
    ...(shareUrl === undefined ? [] : ['', renderUnicodeCompact(shareUrl, { border: 2 })]),
    ...listMissing(summary).map((sentence) => `  ! ${sentence}`),
    '',
  ].join('\n')
}

const explainLan = ([url = '']: readonly string[], fingerprint: string): string[] => [
  `  Browsers warn about this certificate. ${url.replace('https:', 'http:')}/lan explains it.`,
  `  SHA-256 fingerprint of its authority: ${fingerprint}`,
]

function listMissing({ publicUrl, lanUrls, turnPort }: StartSummary): string[] {
  const isHttpOnly = publicUrl === undefined && lanUrls.every((url) => url.startsWith('http:'))
  return [
    ...(isHttpOnly
      ? [
          'Other devices get no camera over http. Set DUET_TLS_CERT and DUET_TLS_KEY, or DUET_PUBLIC_URL behind a proxy.',
        ]
      : []),
    ...(turnPort === undefined ? ['Without TURN, calls fail where firewalls block direct connections.'] : []),
  ]
}
