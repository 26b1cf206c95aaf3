import { parseIceUrl } from '../client/url.ts'
import { privateRanges } from '../common/addressRanges.ts'
import { defaultQuotas } from '../core/quotas.ts'
import { parseExternalIps } from '../net/externalIp.ts'
import { defaultWorkers } from '../workers/partition.ts'
import {
  minDistinctChars,
  minSecretChars,
  oneOf,
  parseBoolean,
  parseBytesPerSecond,
  parseCidrs,
  parseCount,
  parseIceHost,
  parseInteger,
  parseList,
  parsePort,
  parsePortRange,
  parseProxySources,
  parseRealm,
  parseSecrets,
  parseText,
  parseUsers,
} from './parse.ts'
import { defineSettings } from './settings.ts'

/** Settings that the Duet server and `npm run turn` share. */
export const listenSettingsTable = defineSettings({
  HOST: {
    group: 'Network',
    defaultInWords: 'every address',
    parse: parseText,
    help: 'Address to listen on, for the web port and for TURN.',
  },
  DUET_PROXY_PROTOCOL: {
    group: 'Network',
    parse: parseProxySources,
    help:
      'Addresses and CIDRs of proxies that send the PROXY protocol (version 1 or 2), comma-separated; `unix` for a Unix ' +
      'socket. All their connections to the web port and to TURN must begin with its header.',
  },
  DUET_TLS_CERT: {
    group: 'Network',
    parse: parseText,
    help: 'PEM file of the certificate. With `DUET_TLS_KEY`, the web port uses `https` and `wss`.',
  },
  DUET_TLS_KEY: { group: 'Network', parse: parseText, help: 'PEM file of the private key of `DUET_TLS_CERT`.' },
})

const server = 'STUN and TURN server'
const credentials = 'TURN credentials'
const peers = 'TURN peers'
const quotas = 'TURN quotas'

/** The settings of `npm run turn`. The Duet server reads them too. */
export const turnSettingsTable = defineSettings({
  ...listenSettingsTable,
  DUET_TURN: {
    group: server,
    defaultInWords: '`embedded`, or `off` with `DUET_TURN_URLS`',
    parse: oneOf(['embedded', 'off']),
    help: 'Runs STUN and TURN inside the Duet server (`embedded`), or not (`off`).',
  },
  DUET_TURN_PORT: {
    group: server,
    unit: 'port',
    default: '3478',
    parse: parsePort,
    help: 'UDP and TCP. The web port relays too, for networks that block other ports.',
  },
  DUET_TURN_TLS_PORT: {
    group: server,
    unit: 'port',
    default: '5349',
    parse: parsePort,
    help: 'TLS port of `npm run turn`, with a certificate.',
  },
  DUET_TURN_RELAY_PORTS: {
    group: server,
    unit: 'ports',
    default: '49152-65535',
    parse: parsePortRange,
    help: 'UDP ports of the relay. Open them in the firewall.',
  },
  DUET_TURN_EXTERNAL_IP: {
    group: server,
    parse: (text) => (parseExternalIps(text), text),
    help: 'Public address behind a 1:1 NAT, or `public/private` pairs, comma-separated.',
  },
  DUET_TURN_HOST: {
    group: server,
    defaultInWords: 'the host of the page',
    parse: parseIceHost,
    help: 'Name or address of this server in ICE URLs. Set it if the name of the page leads to a proxy elsewhere.',
  },
  DUET_TURN_WEB_PORT: {
    group: server,
    default: 'auto',
    parse: oneOf(['auto', 'on', 'off']),
    help:
      'Offers TURN at the web port to pages. `auto` asks at the port of `DUET_PUBLIC_URL` whether a proxy there ' +
      'forwards TURN, and offers it only then.',
  },
  DUET_TURN_URLS: {
    group: server,
    parse: (text) => parseList(text).map((url) => (parseIceUrl(url), url)),
    help: 'ICE URLs of external servers, comma-separated. They share `DUET_TURN_SECRET`.',
  },
  DUET_TURN_SELF_TEST: {
    group: server,
    default: 'true',
    parse: parseBoolean,
    help: 'After the start, relays a packet through the public address and logs failures.',
  },
  DUET_TURN_DRAIN: {
    group: server,
    unit: 'seconds',
    default: '30',
    parse: (text) => parseInteger(text, 0, 86_400),
    help: 'How long relayed calls may continue after SIGTERM.',
  },
  DUET_TURN_WORKERS: {
    group: server,
    defaultInWords: `\`${defaultWorkers.batch}\` with the batch engine, else \`${defaultWorkers.dgram}\``,
    parse: (text) => parseInteger(text, 0, 64),
    help: 'Threads for UDP, one for each spare core. With `node:dgram` they need Node 22.12 or newer.',
  },
  DUET_TURN_ENGINE: {
    group: server,
    default: 'auto',
    parse: oneOf(['auto', 'batch', 'dgram']),
    help: 'Source of UDP sockets: `batch` needs Linux and koffi, `dgram` works everywhere. `auto` takes `batch` where it loads.',
  },
  DUET_TURN_FILE: {
    group: server,
    parse: parseText,
    help: 'File with more `DUET_TURN_…` settings. It overrides the environment, and SIGHUP reads it again.',
  },
  DUET_TURN_SECRET: {
    group: credentials,
    defaultInWords: 'derived from the server’s secret, or random in `npm run turn`',
    parse: parseSecrets,
    help:
      'Shared secrets for credentials, comma-separated, newest first. ' +
      `Each has at least ${minSecretChars} characters, ${minDistinctChars} of them different: \`openssl rand -base64 32\`.`,
  },
  DUET_TURN_REALM: { group: credentials, default: 'duet', parse: parseRealm, help: 'Realm of the credentials.' },
  DUET_TURN_USERS: {
    group: credentials,
    parse: parseUsers,
    help: 'Users whose passwords do not expire: `name:password`, comma-separated.',
  },
  DUET_TURN_STRICT_EXPIRY: {
    group: credentials,
    default: 'false',
    parse: parseBoolean,
    help: 'Ends allocations when their credentials expire.',
  },
  DUET_TURN_ALLOW_PRIVATE_PEERS: {
    group: peers,
    default: 'false',
    parse: parseBoolean,
    help: `Lets the relay reach private addresses, for a LAN: ${privateRanges.join(', ')}.`,
  },
  DUET_TURN_ALLOW_PEERS: {
    group: peers,
    parse: parseCidrs,
    help: 'Addresses and CIDRs that the relay may reach in addition, comma-separated.',
  },
  DUET_TURN_DENY_PEERS: {
    group: peers,
    parse: parseCidrs,
    help: 'Addresses and CIDRs that the relay must not reach, comma-separated. They override all other rules.',
  },
  DUET_TURN_QUOTA_USER: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.user}\``,
    parse: parseCount,
    help: 'Concurrent allocations of one user.',
  },
  DUET_TURN_QUOTA_GUEST: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.guest}\``,
    parse: parseCount,
    help: 'Allocations of one page without a seat.',
  },
  DUET_TURN_QUOTA_SOURCE: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.source}\`, at most a quarter of the relay ports`,
    parse: parseCount,
    help: 'Allocations of one IPv4 address or IPv6 /64. A /48 may have twice as many.',
  },
  DUET_TURN_QUOTA_GUEST_SOURCE: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.guestSource}\`, at most a sixteenth of the relay ports`,
    parse: parseCount,
    help: 'The part of `DUET_TURN_QUOTA_SOURCE` that pages without a seat may use.',
  },
  DUET_TURN_QUOTA_TOTAL: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.total}\``,
    parse: parseCount,
    help: 'Allocations of the server.',
  },
  DUET_TURN_QUOTA_RESERVED: {
    group: quotas,
    unit: 'percent',
    defaultInWords: `\`${defaultQuotas.reservedPercent}\``,
    parse: (text) => parseInteger(text, 0, 100),
    help: 'The part of the relay ports and of `DUET_TURN_QUOTA_TOTAL` that is reserved for pages with a seat.',
  },
  DUET_TURN_QUOTA_PERMISSIONS: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.permissions}\``,
    parse: parseCount,
    help: 'Permissions (peer addresses) of one allocation.',
  },
  DUET_TURN_QUOTA_CHANNELS: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.channels}\``,
    parse: parseCount,
    help: 'Channels of one allocation.',
  },
  DUET_TURN_QUOTA_BYTES: {
    group: quotas,
    unit: 'bytes per second',
    defaultInWords: `\`${defaultQuotas.bytesPerSecond}\``,
    parse: parseBytesPerSecond,
    help: 'Traffic of one allocation, both directions together. 0 means no limit.',
  },
  DUET_TURN_QUOTA_SOURCE_BYTES: {
    group: quotas,
    unit: 'bytes per second',
    defaultInWords: `\`${defaultQuotas.sourceBytesPerSecond}\``,
    parse: parseBytesPerSecond,
    help: 'Traffic of all allocations of one IPv4 address or IPv6 /64. A /48 may have twice as much. 0 means no limit.',
  },
  DUET_TURN_QUOTA_TOTAL_BYTES: {
    group: quotas,
    unit: 'bytes per second',
    defaultInWords: `\`${defaultQuotas.totalBytesPerSecond}\``,
    parse: parseBytesPerSecond,
    help: 'Traffic of all allocations. 0 means no limit.',
  },
  DUET_TURN_QUOTA_CONNECTIONS: {
    group: quotas,
    defaultInWords: `\`${defaultQuotas.connections}\``,
    parse: parseCount,
    help: 'TCP and TLS connections from one IPv4 address or IPv6 /64.',
  },
})
