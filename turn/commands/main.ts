import { version } from '../../package.json'
import { isPackagedCommand } from '../common/command.ts'
import { UsageError } from '../common/errors.ts'
import { standardError } from '../common/output.ts'
import { withDotEnv } from '../config/dotEnv.ts'
import { formatSettingsHelp } from '../config/settingsText.ts'
import { turnSettingsTable } from '../config/settingsTable.ts'
import { check } from './check.ts'
import { coturn } from './coturn.ts'
import { print } from './print.ts'
import { serve } from './serve.ts'

const usageRows = [
  ['', 'run the STUN and TURN server until interrupted'],
  ['check URL...', 'test turn: and stun: URLs, and explain failures'],
  ['coturn', 'print a turnserver.conf with the same rules, and the setup steps'],
  ['help', 'print this text (also --help, -h)'],
  ['--version', 'print the version'],
] as const

/** Names the command as the operator types it. */
function formatUsage(): string {
  const [command, separator] = isPackagedCommand() ? ['duet turn', ''] : ['npm run turn', ' --']
  const lines = usageRows.map(
    ([args, meaning]) => `  ${(args ? `${command}${separator} ${args}` : command).padEnd(31)}  ${meaning}`,
  )
  return `Usage:
${lines.join('\n')}

The check creates credentials from DUET_TURN_SECRET.
Pass --username NAME --credential PASSWORD to use others.

Settings are variables of the environment, or lines of the file DUET_TURN_FILE.`
}

async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args
  const env = withDotEnv(process.env)
  if (command === 'help' || args.some((each) => each === '--help' || each === '-h'))
    return print(`${formatUsage()}\n\n${formatSettingsHelp(turnSettingsTable)}`)
  if (args.includes('--version')) return print(version)
  if (command === 'check') return check(rest, env)
  const unknown = command === 'coturn' ? rest[0] : command
  if (unknown !== undefined) throw new UsageError(`unknown argument ${unknown}`)
  return command === 'coturn' ? coturn(env) : serve(env)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  standardError.write(`${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
