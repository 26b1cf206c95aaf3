import { check } from './check.ts'
import { coturn } from './coturn.ts'
import { print } from './print.ts'
import { serve } from './serve.ts'
import { standardError } from '../common/output.ts'

const help = `Usage:
  npm run turn                     STUN and TURN alone, until interrupted
  npm run turn -- check URL...     tries turn: and stun: URLs, says what fails and why
  npm run turn -- coturn           prints a turnserver.conf for coturn with the same credentials and rules, and what to do with it
  npm run turn -- help

Settings come from the environment (turn/README.md lists them), and from the file that DUET_TURN_FILE names, which SIGHUP reads again.
With DUET_TLS_CERT and DUET_TLS_KEY it listens for TLS as well, on DUET_TURN_TLS_PORT.
The check makes credentials from DUET_TURN_SECRET, or takes --username NAME --credential PASSWORD.`

async function main([command, ...rest]: readonly string[]): Promise<void> {
  if (command === undefined) return serve(process.env)
  if (command === 'coturn') return coturn(process.env)
  if (command === 'check') return check([...rest], process.env)
  print(help)
  process.exitCode = command === 'help' ? 0 : 2
}

main(process.argv.slice(2)).catch((error: unknown) => {
  standardError.write(`${(error as Error).message}\n`)
  process.exitCode = 1
})
