import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { withSettingName, type Environment } from './settings.ts'

const isSetting = (name: string): boolean => /^(PORT|HOST|DUET_\w+)$/.test(name)

/**
 * Returns the environment and the settings of the file `.env` in the working folder. The environment has priority.
 * Other variables of the file are ignored.
 * @throws {Error} that names the file if it cannot be read
 */
export function withDotEnv(env: Environment, folder = process.cwd()): Environment {
  const text = withSettingName('.env', () => readIfPresent(join(folder, '.env')))
  return text === null ? env : withSettingsOf(text, env)
}

/**
 * Returns the environment and the settings of a file, such as an `EnvironmentFile=` of systemd.
 * @throws {Error} that names the file if it cannot be read
 */
export const withEnvFile = (env: Environment, file: string): Environment =>
  withSettingsOf(
    withSettingName(file, () => readFileSync(file, 'utf8')),
    env,
  )

function withSettingsOf(text: string, env: Environment): Environment {
  const settings = Object.entries(parseEnv(text)).filter(([name]) => isSetting(name))
  return { ...Object.fromEntries(settings), ...env }
}

function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
