/**
 * Parses the arguments after `npm start --`. All other settings come from the environment (config/config.ts).
 * @throws {Error} for an argument other than `--inspect`
 */
export function parseArguments(argv: readonly string[]): { hasInspector: boolean } {
  const unknown = argv.find((each) => each !== '--inspect')
  if (unknown !== undefined) {
    throw new Error(
      `Unknown argument ${unknown}. Usage: npm start -- --inspect (shows the rooms in the Stately Inspector). All other settings are environment variables; see README.md.`,
    )
  }
  return { hasInspector: argv.length > 0 }
}
