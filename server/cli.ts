import { formatSettingsHelp, isPackagedCommand, UsageError } from '../turn/index.ts'
import { settingsTable } from './config/settingsTable.ts'

/** The task of this process. A tool parses its own arguments. */
export type Command =
  | { type: 'start'; hasInspector: boolean; isLan: boolean }
  | { type: 'doctor' | 'load'; args: readonly string[] }
  | { type: 'help' }
  | { type: 'version' }

/**
 * Parses the arguments after `npm start --`. All other settings come from the environment (config/config.ts).
 * @throws {UsageError} that names the first unknown argument
 */
export function parseArguments(argv: readonly string[]): Command {
  const [tool, ...args] = argv
  if (tool === 'doctor' || tool === 'load') return { type: tool, args }
  if (argv.some((each) => each === '--help' || each === '-h')) return { type: 'help' }
  if (argv.includes('--version')) return { type: 'version' }
  const unknown = argv.find((each) => each !== '--inspect' && each !== '--lan')
  if (unknown !== undefined) throw new UsageError(`unknown argument ${unknown}`)
  return { type: 'start', hasInspector: argv.includes('--inspect'), isLan: argv.includes('--lan') }
}

const options = `Options:
  --lan         use https on the LAN, with a certificate authority of this machine
  --inspect     show every room in the Stately Inspector, at the admin listener
  -h, --help    print this text
  --version     print the version

Settings are variables of the environment.`

const sourceUsage = `Usage:
  npm start                   build what changed, and run the server until interrupted
  npm start -- OPTION...      the same with options
  npm start -- doctor         check the settings and this machine (doctor --help)
  npm start -- load           measure a server with light clients (load --help)
  node dist/server/main.js OPTION...
                              run the server that was built before`

const packageUsage = `Usage:
  duet [OPTION...]      run the server until interrupted
  duet doctor           check the settings and this machine (duet doctor --help)
  duet load             measure a server with light clients (duet load --help)
  duet turn             run the STUN and TURN server alone (duet turn --help)
  duet check URL...     test turn: and stun: URLs, and explain failures`

/** Returns the text of `--help`: the usage, then all settings. */
export const formatHelp = (): string =>
  `${isPackagedCommand() ? packageUsage : sourceUsage}\n\n${options}\n\n${formatSettingsHelp(settingsTable)}`
