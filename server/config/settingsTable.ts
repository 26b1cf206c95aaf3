import { resolve } from 'node:path'
import {
  AddressSet,
  defineSettings,
  listenSettingsTable,
  minDistinctChars,
  minSecretChars,
  oneOf,
  parseFamily,
  parseInteger,
  parseList,
  parsePort,
  parseSecrets,
  turnSettingsTable,
} from '../../turn/index.ts'
import { parseFrameAncestor } from './frameAncestors.ts'
import { parsePublicUrl } from './publicUrl.ts'

/** Each level logs the lines of the levels after it, too. */
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** The admin listener reveals when calls take place, so only this machine reaches it. */
const defaultAdminHost = '127.0.0.1'

const network = 'Network'
const state = 'State'
const operation = 'Operation'

/** Every setting of the Duet server, and of the STUN and TURN server inside it. */
export const settingsTable = defineSettings({
  PORT: {
    group: network,
    unit: 'port',
    default: '8000',
    parse: parseWebPort,
    help:
      'The web port: pages, `/trpc` and TURN. 0 picks a free port. ' +
      'A path such as `/run/duet/duet.sock` is a Unix socket for a reverse proxy on this machine.',
  },
  DUET_SOCKET_MODE: {
    group: network,
    default: '660',
    parse: parseSocketMode,
    help: 'Permissions of the Unix socket, in octal. A reverse proxy in the group of the server may use it by default.',
  },
  ...listenSettingsTable,
  DUET_REDIRECT_PORT: {
    group: network,
    unit: 'port',
    defaultInWords: '`off`; with `--lan` 80, if it is free',
    parse: (text) => (text === 'off' ? null : parsePort(text)),
    help: 'Another port that redirects http to https, such as 80. It needs a certificate.',
  },
  DUET_PUBLIC_URL: {
    group: network,
    parse: parsePublicUrl,
    help:
      'URL that people open, such as `https://call.example.org` or `https://example.org/duet`. ' +
      'Set it behind a reverse proxy. Only with it do messengers show a picture of a link.',
  },
  DUET_ALLOWED_ORIGINS: {
    group: network,
    defaultInWords: 'the page’s own',
    parse: (text) => parseList(text).map(parseOrigin),
    help: 'Further origins whose pages may open `/trpc`, comma-separated.',
  },
  DUET_FRAME_ANCESTORS: {
    group: network,
    defaultInWords: 'no page',
    parse: (text) => parseList(text).map(parseFrameAncestor),
    help:
      'Origins whose pages may embed a room in a frame, comma-separated, such as `https://example.org` or ' +
      '`https://*.example.org`; `self` is the own origin. `docs/embedding.md` has an example.',
  },
  DUET_TRUSTED_PROXIES: {
    group: network,
    parse: (text) => new AddressSet(parseList(text)),
    help:
      'Addresses and CIDRs of reverse proxies, comma-separated. ' +
      'The client is the last address in `X-Forwarded-For` that is not one of these.',
  },
  DUET_STATE: {
    group: state,
    defaultInWords: '`$STATE_DIRECTORY` (systemd), `$XDG_STATE_HOME/duet` or `~/.local/state/duet`',
    parse: (text) => (text === 'off' ? null : resolve(text)),
    help:
      'Folder for state that survives a restart: the secret, and the rooms while the server is down. ' +
      'With `off`, nothing is saved.',
  },
  DUET_SECRET: {
    group: state,
    defaultInWords: 'a file in `DUET_STATE`, created at the first start',
    parse: parseSecrets,
    help:
      'Secrets for seat tokens and relay credentials, comma-separated, newest first. ' +
      `Each has at least ${minSecretChars} characters, ${minDistinctChars} of them different: \`openssl rand -base64 32\`.`,
  },
  DUET_REDIS_URL: {
    group: state,
    parse: (text) => parseList(text).map(parseRedisUrl),
    help:
      'Redis 7 or Valkey that several servers share: `redis://` or `rediss://`, or the path of a Unix socket. ' +
      'Several comma-separated URLs are nodes of a Redis Cluster. All servers need the same `DUET_SECRET`.',
  },
  DUET_ROOM_POLICY: {
    group: operation,
    default: 'open',
    parse: oneOf(['open', 'ask'] as const),
    help:
      'Policy of a new room. `open`: everyone with the link may join. `ask`: the waiting person admits each visitor. ' +
      'People can change it for their room.',
  },
  DUET_PREPARE: {
    group: operation,
    default: 'on',
    parse: oneOf(['on', 'off'] as const),
    help:
      'Whether the waiting person and a visitor in the lobby connect before *Join*, through the TURN server. ' +
      'The first picture then appears sooner.',
  },
  DUET_DRAIN: {
    group: operation,
    unit: 'seconds',
    defaultInWords: '0; with `DUET_REDIS_URL` 10',
    parse: (text) => parseInteger(text, 0, 600) * 1000,
    help:
      'How long pages may take to move to another server after SIGTERM. ' +
      'At 0 all of them disconnect at once, and return to the next run of this server.',
  },
  DUET_ADMIN: {
    group: operation,
    default: `${defaultAdminHost}:9464`,
    parse: parseAdminAddress,
    help: 'Address of `/metrics`, `/healthz`, `/readyz` and the inspector. With `off`, they are disabled.',
  },
  DUET_LOG_LEVEL: {
    group: operation,
    default: 'info',
    parse: oneOf(logLevels),
    help: `The least severe lines of the log: ${logLevels.map((level) => `\`${level}\``).join(', ')}.`,
  },
  ...turnSettingsTable,
})

/** Longest path of a Unix socket in bytes (unix(7): `sun_path` has 108 with its final zero). */
const maxSocketPathBytes = 107

function parseWebPort(text: string): number | string {
  if (!text.startsWith('/')) return parsePort(text)
  if (text.endsWith('/') || Buffer.byteLength(text) > maxSocketPathBytes)
    throw new Error(
      `${JSON.stringify(text)} is not a path of a socket, which has at most ${maxSocketPathBytes} bytes and no final slash`,
    )
  return text
}

function parseSocketMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new Error(`${JSON.stringify(text)} is not a mode such as 660`)
  return Number.parseInt(text, 8)
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.origin !== text || !/^https?:$/.test(url.protocol)) {
    throw new Error(`${JSON.stringify(text)} is not an origin such as https://example.org (no path, no default port)`)
  }
  return text
}

function parseAdminAddress(text: string): { host: string; port: number } | null {
  if (text === 'off') return null
  const [, host, ipv6, port = ''] = /^(?:([^:[\]\s]+):|\[([^[\]\s]+)\]:)?(\d+)$/.exec(text) ?? []
  const number = /^\d{1,5}$/.test(port) ? Number(port) : NaN
  const isValid = number <= 65535 && (ipv6 === undefined || parseFamily(ipv6) === 6)
  if (!isValid)
    throw new Error(
      `${JSON.stringify(text)} is not off, a port, or an address with a port such as 127.0.0.1:9464 or [::1]:9464`,
    )
  return { host: host ?? ipv6 ?? defaultAdminHost, port: number }
}

/** The error does not repeat the URL, which may contain a password. */
function parseRedisUrl(text: string): string {
  const isUrl = URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol) && new URL(text).hostname !== ''
  if (!isUrl && !/^\/[^,]*[^/]$/.test(text))
    throw new Error('a value is neither a URL such as redis://192.0.2.1:6379 nor the path of a Unix socket')
  return text
}
