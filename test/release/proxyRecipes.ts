import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startProgram } from '../programProcess.ts'
import type { Tool } from '../tools.ts'
import { freePort } from '../turn/contract/coturnServer.ts'

/** A header that a proxy forgets. */
export type ForgottenHeader = 'Host' | 'X-Forwarded-For' | 'Upgrade'

/** The place of a recipe in a test: other ports, files and an upstream. */
interface Place {
  port: number
  redirectPort: number
  upstream: string
  folder: string
}

/** A recipe of `deploy/`, and the Debian program that reads it. */
export interface ProxyRecipe {
  name: Tool & string
  /** True if TURN passes through its TLS port. */
  carriesTurn: boolean
  args(file: string, folder: string): string[]
  /** The whole configuration around the recipe. */
  frame(recipe: string, place: Place): string
  file: string
  /** Removes the lines of a header. A proxy that sets it by default needs a wrong line instead. */
  forget: Record<ForgottenHeader, (recipe: string, place: Place) => string>
}

type Replacer = (match: string, ...groups: string[]) => string

/** Replaces a part of a recipe. @throws if nothing changes, because the test would then pass for the wrong reason */
export const replace = (text: string, pattern: string | RegExp, by: string | Replacer): string => {
  const changed = text.replace(pattern, by as string)
  if (changed === text) throw new Error(`${pattern} is not in the recipe`)
  return changed
}

export const proxyRecipes: readonly ProxyRecipe[] = [
  {
    name: 'nginx',
    carriesTurn: false,
    file: 'nginx/duet.conf',
    args: (file, folder) => ['-c', file, '-p', folder, '-e', 'stderr'],
    frame(recipe, { port, redirectPort, folder }) {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${folder}/${kind};`,
      )
      const site = recipe
        .replaceAll(/listen \[::\].*\n/g, '')
        .replace('listen 80;', `listen 127.0.0.1:${redirectPort};`)
        .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
      return `daemon off; master_process off; pid ${folder}/pid; events {}\nhttp { access_log off; ${temporary.join(' ')}\n${site}}\n`
    },
    forget: {
      Host: (recipe) => replace(recipe, /.*set_header Host.*\n/, ''),
      'X-Forwarded-For': (recipe) => replace(recipe, /.*X-Forwarded-For.*\n/, ''),
      Upgrade: (recipe) => replace(recipe, /.*set_header Upgrade.*\n/, ''),
    },
  },
  {
    name: 'caddy',
    carriesTurn: false,
    file: 'caddy/Caddyfile',
    args: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
    frame(recipe, { port, redirectPort, folder, upstream }) {
      const options = `{\nadmin off\nskip_install_trust\nhttp_port ${redirectPort}\nhttps_port ${port}\n}\n`
      const site = `localhost {\nbind 127.0.0.1\ntls ${folder}/tls.crt ${folder}/tls.key`
      // The visitors of the tests are behind a second proxy at 127.0.0.1.
      const trust = `${upstream} {\ntrusted_proxies 127.0.0.1/32\n`
      const block = recipe.includes(`${upstream} {`)
        ? recipe.replace(`${upstream} {`, trust)
        : recipe.replace(upstream, `${trust}}`)
      return options + replace(block, /^localhost \{/m, site)
    },
    forget: {
      Host: (recipe, { upstream }) => replace(recipe, upstream, `${upstream} {\nheader_up Host {upstream_hostport}\n}`),
      'X-Forwarded-For': (recipe, { upstream }) =>
        replace(recipe, upstream, `${upstream} {\nheader_up -X-Forwarded-For\n}`),
      Upgrade: (recipe, { upstream }) =>
        replace(recipe, upstream, `${upstream} {\nheader_up -Upgrade\nheader_up -Connection\n}`),
    },
  },
  {
    name: 'haproxy',
    carriesTurn: true,
    file: 'haproxy/haproxy.cfg',
    args: (file) => ['-db', '-f', file],
    frame: (recipe, { port, redirectPort, folder }) =>
      recipe
        .replace('bind :80', `bind 127.0.0.1:${redirectPort}`)
        .replace('bind :443', `bind 127.0.0.1:${port}`)
        .replace('/etc/haproxy/localhost.pem', `${folder}/tls.pem`),
    forget: {
      Host: (recipe, { upstream }) =>
        replace(recipe, 'option forwardfor', `option forwardfor\n  http-request set-header Host ${upstream}`),
      'X-Forwarded-For': (recipe) => replace(recipe, 'option forwardfor', ''),
      Upgrade: (recipe) => replace(recipe, 'option forwardfor', 'option forwardfor\n  http-request del-header Upgrade'),
    },
  },
  {
    name: 'apache2',
    carriesTurn: false,
    file: 'apache/duet.conf',
    // One process, in the foreground.
    args: (file) => ['-X', '-f', file],
    frame(recipe, { port, redirectPort, folder }) {
      const modules = [
        'mpm_event',
        'authz_core',
        'alias',
        'socache_shmcb',
        'ssl',
        'proxy',
        'proxy_http',
        'proxy_wstunnel',
      ]
      return [
        ...modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
        `ServerRoot ${folder}`,
        `DefaultRuntimeDir ${folder}`,
        `PidFile ${folder}/pid`,
        `ErrorLog ${folder}/log`,
        'User www-data',
        'Group www-data',
        `Listen 127.0.0.1:${port}`,
        `Listen 127.0.0.1:${redirectPort}`,
        recipe.replace('*:80', `127.0.0.1:${redirectPort}`).replace('*:443', `127.0.0.1:${port}`),
      ].join('\n')
    },
    forget: {
      Host: (recipe) => replace(recipe, /.*ProxyPreserveHost.*\n/, ''),
      'X-Forwarded-For': (recipe) =>
        replace(recipe, '  ProxyPreserveHost', '  ProxyAddHeaders Off\n  ProxyPreserveHost'),
      Upgrade: (recipe) => replace(recipe, ' upgrade=websocket', ''),
    },
  },
]

/** A running proxy. */
export interface ProxyPorts {
  port: number
  redirectPort: number
}

/**
 * Picks the ports of a proxy and of its server, because the server needs the public URL first. All of them differ: ports
 * that were picked one by one were equal in one start of 130.
 */
export async function pickPorts(): Promise<{
  ports: ProxyPorts
  serverPort: number
  turnPort: number
  turnTlsPort: number
  pagesPort: number
}> {
  const first = await freePort(6)
  return {
    ports: { port: first, redirectPort: first + 1 },
    serverPort: first + 2,
    turnPort: first + 3,
    turnTlsPort: first + 4,
    pagesPort: first + 5,
  }
}

/**
 * Starts the program with its recipe in front of a server until the test ends. Resolves when it accepts connections.
 * @param certificate paths of PEM files for `localhost`
 * @param change selects a variant of the recipe
 */
export async function startRecipe(
  recipe: ProxyRecipe,
  { port, redirectPort }: ProxyPorts,
  upstreamPort: number,
  certificate: { cert: string; key: string },
  forgotten: ForgottenHeader | null,
  change: (recipe: string) => string = (text) => text,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `duet-${recipe.name}-`))
  const place: Place = { port, redirectPort, folder, upstream: `127.0.0.1:${upstreamPort}` }
  const [cert, key] = [readFileSync(certificate.cert, 'utf8'), readFileSync(certificate.key, 'utf8')]
  for (const [name, text] of [
    ['tls.crt', cert],
    ['tls.key', key],
    ['tls.pem', cert + key],
  ] as const)
    writeFileSync(join(folder, name), text)
  const shipped = readFileSync(new URL(`../../deploy/${recipe.file}`, import.meta.url), 'utf8')
  const here = change(shipped)
    .replaceAll('/etc/letsencrypt/live/call.example.org/fullchain.pem', `${folder}/tls.crt`)
    .replaceAll('/etc/letsencrypt/live/call.example.org/privkey.pem', `${folder}/tls.key`)
    .replaceAll('call.example.org', 'localhost')
    .replaceAll('127.0.0.1:8000', place.upstream)
  const changed = forgotten ? recipe.forget[forgotten](here, place) : here
  const file = join(folder, 'config')
  writeFileSync(file, recipe.frame(changed, place))
  const { child, ended, output } = startProgram([recipe.name, ...recipe.args(file, folder)], {
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: folder },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true })
  })
  while (!(await canConnect(port)))
    if (child.exitCode !== null) throw new Error(`${recipe.name} ended with ${child.exitCode}: ${output()}`)
}

/** Resolves to false after a pause, so it can be polled in a loop. */
const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket
      .once('connect', () => (socket.destroy(), resolve(true)))
      .once('error', () => setTimeout(() => resolve(false), 50))
  })
