import { parseArgs } from 'node:util'
import { isPackagedCommand, UsageError, withDotEnv, withEnvFile, type Environment } from '../../../turn/index.ts'
import { parsePublicUrl } from '../../config/publicUrl.ts'
import { examine, examineUrl } from './doctor.ts'
import { printable } from '../printable.ts'
import type { Finding, Status } from './finding.ts'

const usage = (command: string): string => `Usage:
  ${command} doctor [OPTION...]

Checks the settings and this machine, before Duet runs and while it runs.
The exit code is 1 if a check failed, and 0 otherwise.

Options:
  --url URL        check only this public URL. Run it in another network than the server.
  --env-file FILE  read the settings from this file too, such as /etc/duet/duet.env
  --json           print one JSON object
  -h, --help       print this text`

/**
 * Runs `duet doctor`. Resolves to the exit code.
 * @param print writes one line
 * @throws {UsageError} for a wrong argument
 */
export async function runDoctor(
  args: readonly string[],
  env: Environment,
  print: (line: string) => void,
): Promise<number> {
  const { help, url, json, 'env-file': envFile } = parseDoctorArguments(args)
  if (help) {
    print(usage(isPackagedCommand() ? 'duet' : 'npm start --'))
    return 0
  }
  const findings =
    url === undefined
      ? await examine(envFile === undefined ? withDotEnv(env) : withEnvFile(env, envFile))
      : await examineUrl(parseUrlArgument(url))
  const isOk = findings.every(({ status }) => status !== 'failed')
  if (json) print(JSON.stringify({ ok: isOk, counts: countByStatus(findings), checks: findings }))
  else for (const line of formatFindings(findings)) print(line)
  return isOk ? 0 : 1
}

function parseDoctorArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        'env-file': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split(/[.\n]/, 1)[0]!)
  }
}

function parseUrlArgument(text: string) {
  try {
    return parsePublicUrl(text)
  } catch (error) {
    throw new UsageError(`--url: ${(error as Error).message}`)
  }
}

const statuses = ['failed', 'warning', 'ok', 'skipped'] as const satisfies readonly Status[]

const countByStatus = (findings: readonly Finding[]): Record<Status, number> =>
  Object.fromEntries(
    statuses.map((status) => [status, findings.filter((finding) => finding.status === status).length]),
  ) as Record<Status, number>

/** One line for each finding, then one with their counts. */
export function formatFindings(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const counts = countByStatus(findings)
  return [
    ...findings.map(({ check, status, detail, advice }) =>
      printable(`${status.padEnd(7)}  ${check.padEnd(width)}  ${[detail, advice].filter(Boolean).join(' ')}`),
    ),
    statuses.map((status) => `${counts[status]} ${status}`).join(', '),
  ]
}
