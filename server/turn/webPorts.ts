import type { TurnServer } from '../../turn/index.ts'
import type { Config } from '../config/config.ts'
import { webPortUrl, type IceSource } from './iceServers.ts'
import type { WebPortCheck } from './webPortCheck.ts'

/** Creates the source of ICE servers for the settings. */
export function createIceSource(
  config: Config,
  turn: TurnServer | null,
  web: { port: number; scheme: 'http' | 'https' },
  check: WebPortCheck,
): IceSource {
  const { urls, options, iceHost, webPort } = config.turn
  const [secret = ''] = options.secrets
  const certainUrls = listCertainWebPorts(config, web.port)
  if (turn)
    return {
      type: 'embedded',
      turn,
      scheme: web.scheme,
      urls,
      iceHost,
      webPort: { publicUrls: () => [...certainUrls, ...check.urls], isOfferedDirectly: webPort !== 'off' },
    }
  return urls.length > 0 ? { type: 'elsewhere', urls, secret } : { type: 'none' }
}

/** TURN at the port of the public URL, if the web port itself is there or the operator says so. */
function listCertainWebPorts({ publicUrl, turn, tls, trustedProxies }: Config, port: number): string[] {
  if (!publicUrl || turn.webPort === 'off') return []
  const isServedHere = publicUrl.port === port && (publicUrl.scheme === 'https') === (tls !== undefined)
  const isCertain = turn.webPort === 'on' || (isServedHere && trustedProxies.isEmpty)
  return isCertain ? [webPortUrl(publicUrl.scheme, publicUrl.hostname, publicUrl.port)] : []
}

/**
 * TURN at the port of the public URL if a proxy may be there. With a certificate, also TURN at the web port itself.
 * `WebPortCheck` finds out which of them work.
 */
export function listUncertainWebPorts(config: Config, port: number): string[] {
  const { publicUrl, turn, tls } = config
  if (!publicUrl || turn.webPort !== 'auto') return []
  const urls = [
    webPortUrl(publicUrl.scheme, publicUrl.hostname, publicUrl.port),
    ...(tls ? [webPortUrl('https', publicUrl.hostname, port)] : []),
  ]
  const certainUrls = listCertainWebPorts(config, port)
  return [...new Set(urls)].filter((url) => !certainUrls.includes(url))
}
