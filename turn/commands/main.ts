import { check } from './check.ts'
import { coturn } from './coturn.ts'
import { print } from './print.ts'
import { serve } from './serve.ts'
import { standardError } from '../common/output.ts'

const help = `Usage:
  npm run turn                     run the STUN and TURN server until interrupted
  npm run turn -- check URL...     test turn: and stun: URLs, and explain failures
  npm run turn -- coturn           print a turnserver.conf with the same credentials and rules, and the setup steps
  npm run turn -- help             print this text

Settings come from the environment (see turn/README.md) and from the file DUET_TURN_FILE, which SIGHUP reads again.
With DUET_TLS_CERT and DUET_TLS_KEY the server also listens for TLS, on DUET_TURN_TLS_PORT.
The check creates credentials from DUET_TURN_SECRET, unless you pass --username NAME --credential PASSWORD.`

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
