import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'

/** What the pages need of the machine; everything else that could be asked for is off. */
const permissionsPolicy = [
  ...[
    'camera',
    'microphone',
    'display-capture',
    'fullscreen',
    'picture-in-picture',
    'speaker-selection',
    'autoplay',
    'screen-wake-lock',
    'clipboard-write',
  ].map((name) => `${name}=(self)`),
  ...[
    'accelerometer',
    'geolocation',
    'gyroscope',
    'magnetometer',
    'midi',
    'payment',
    'usb',
    'serial',
    'hid',
    'publickey-credentials-get',
    'encrypted-media',
    'xr-spatial-tracking',
  ].map((name) => `${name}=()`),
].join(', ')

export interface SecurityHeaderOptions {
  /** People come by https, here or at a proxy. */
  isHttps: boolean
  /** Of the scripts inside the page. */
  scriptHashes?: readonly string[]
  /** Origins that the page may ask besides its own. */
  connectSources?: readonly string[]
  /** The page talks to a window of another origin that it opens: the Stately Inspector. */
  canOpenWindows?: boolean
}

/** They depend on nothing that a request says, its query but for `inspect` included: a cache may keep them with the page. */
export function securityHeaders({
  isHttps,
  scriptHashes = [],
  connectSources = [],
  canOpenWindows = false,
}: SecurityHeaderOptions): OutgoingHttpHeaders {
  return {
    'Content-Security-Policy': contentSecurityPolicy(connectSources, scriptHashes),
    'Permissions-Policy': permissionsPolicy,
    // A room's name is a capability: it must not travel in a Referer.
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': canOpenWindows ? 'same-origin-allow-popups' : 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(isHttps && { 'Strict-Transport-Security': 'max-age=31536000' }),
  }
}

function contentSecurityPolicy(connectSources: readonly string[], scriptHashes: readonly string[]): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scriptHashes.map((hash) => `'sha256-${hash}'`)].join(' '),
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob: mediastream:",
    // 'self' has the WebSockets of our own origin, too (CSP level 3 §6.7.2.8), in every browser that the client is built for.
    ["connect-src 'self'", ...connectSources].join(' '),
    "manifest-src 'self'",
    "worker-src 'self' blob:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ')
}

/** Of the scripts inside a page, for those are refused otherwise (CSP level 3 §8.3). */
export function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([^]*?)<\/script>/gi)].map(([, script = '']) =>
    createHash('sha256').update(script).digest('base64'),
  )
}
