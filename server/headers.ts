import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'

/** What the pages need of the machine; everything else that could be asked for is off. */
const permissions = [
  ...['camera', 'microphone', 'display-capture', 'fullscreen', 'picture-in-picture', 'speaker-selection',
    'autoplay', 'screen-wake-lock', 'clipboard-write'].map((name) => `${name}=(self)`),
  ...['accelerometer', 'geolocation', 'gyroscope', 'magnetometer', 'midi', 'payment', 'usb', 'serial', 'hid',
    'publickey-credentials-get', 'encrypted-media', 'xr-spatial-tracking'].map((name) => `${name}=()`),
].join(', ')

/**
 * `host`: as asked for and checked (host.ts), for WebSockets count as another origin in older browsers.
 * @param opensWindows the page talks to a window of another origin that it opens: the Stately Inspector
 */
export function securityHeaders(host: string | null, isTls: boolean, scriptHashes: readonly string[], opensWindows = false): OutgoingHttpHeaders {
  return {
    'Content-Security-Policy': policyOf(host && `${isTls ? 'wss' : 'ws'}://${host}`, scriptHashes),
    'Permissions-Policy': permissions,
    // A room's name is a capability: it must not travel in a Referer.
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': opensWindows ? 'same-origin-allow-popups' : 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(isTls && { 'Strict-Transport-Security': 'max-age=31536000' }),
  }
}

function policyOf(socket: string | null, scriptHashes: readonly string[]): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scriptHashes.map((hash) => `'sha256-${hash}'`)].join(' '),
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob: mediastream:",
    ["connect-src 'self'", ...(socket ? [socket] : [])].join(' '),
    "manifest-src 'self'",
    "worker-src 'self' blob:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ')
}

/** Of the scripts inside a page, for those are refused otherwise (CSP level 3 §8.3). */
export function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([^]*?)<\/script>/gi)]
    .map(([, script = '']) => createHash('sha256').update(script).digest('base64'))
}
