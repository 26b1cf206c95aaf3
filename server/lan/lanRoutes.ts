import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Routes } from '../http/requestHandler.ts'

/** The page that explains the browser's warning. It also answers http, because it is read before the warning. */
export const lanPagePath = '/lan'

/**
 * Returns the page about the certificate, and the certificate of the authority for devices that install it.
 * @param authorityFile PEM; read once, in this call
 */
export function createLanRoutes(authorityFile: string): Routes {
  const pem = readFileSync(authorityFile, 'utf8')
  const page = formatPage(new X509Certificate(pem).fingerprint256)
  return {
    [lanPagePath]: () => ({ status: 200, type: 'text/html; charset=utf-8', text: page }),
    [`${lanPagePath}/duet-ca.crt`]: () => ({ status: 200, type: 'application/x-x509-ca-cert', text: pem }),
  }
}

const formatPage = (fingerprint: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Duet on this network</title></head>
<body>
<h1>Why your browser warns</h1>
<p>Cameras need https. On a home network nobody vouches for a computer, so Duet made a certificate of its own. Your browser doesn’t know it yet.</p>
<h2>Once, for this visit</h2>
<p>Open the https address of Duet. In the warning choose <em>Advanced</em>, then <em>Continue</em> (Safari: <em>Show details</em>, then <em>Visit this website</em>).</p>
<h2>For good, on this device</h2>
<p>Install <a href="${lanPagePath}/duet-ca.crt">this authority</a>, and trust it for websites. It can sign only for private addresses and for names that end in .local.</p>
<p>Compare its SHA-256 fingerprint with the one in the terminal of the computer that runs Duet:</p>
<pre>${fingerprint.replace(/^((?:\w\w:){16})/, '$1\n')}</pre>
</body></html>
`
