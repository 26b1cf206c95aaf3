import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'

/** Allows the features that the pages use and disables all others. */
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
  /** True if clients use https, to this server or to its proxy. */
  isHttps: boolean
  /** Hashes of the inline scripts. */
  scriptHashes?: readonly string[]
  /** Other origins that the page may request. */
  connectSources?: readonly string[]
  /** Sources of the pages that may embed the response in a frame. */
  frameAncestors?: readonly string[]
  /** True if the page opens a window of another origin: the Stately Inspector. */
  canOpenWindows?: boolean
}

/** Creates the security headers. They depend on the path and the query only, so a cache may keep them with the page. */
export function securityHeaders({
  isHttps,
  scriptHashes = [],
  connectSources = [],
  frameAncestors = [],
  canOpenWindows = false,
}: SecurityHeaderOptions): OutgoingHttpHeaders {
  return {
    'Content-Security-Policy': contentSecurityPolicy({ scriptHashes, connectSources, frameAncestors }),
    'Permissions-Policy': permissionsPolicy,
    // A room's name is a capability: it must not travel in a Referer.
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': canOpenWindows ? 'same-origin-allow-popups' : 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(isHttps && { 'Strict-Transport-Security': 'max-age=31536000' }),
  }
}

function contentSecurityPolicy({
  scriptHashes,
  connectSources,
  frameAncestors,
}: Required<Pick<SecurityHeaderOptions, 'scriptHashes' | 'connectSources' | 'frameAncestors'>>): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scriptHashes.map((hash) => `'sha256-${hash}'`)].join(' '),
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob: mediastream:",
    // 'self' includes WebSockets of the same origin (CSP level 3 §6.7.2.8) in every browser that the client supports.
    ["connect-src 'self'", ...connectSources].join(' '),
    "manifest-src 'self'",
    "worker-src 'self' blob:",
    // Another page could show Duet in a frame, cover its buttons and lead clicks to them.
    ['frame-ancestors', ...(frameAncestors.length > 0 ? frameAncestors : ["'none'"])].join(' '),
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ')
}

/** Hashes of the inline scripts of a page. Without them the browser blocks the scripts (CSP level 3 §8.3). */
export function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([^]*?)<\/script>/gi)].map(([, script = '']) =>
    createHash('sha256').update(script).digest('base64'),
  )
}
