/** What may stand behind `npm start --`. Everything else comes from the environment (config/config.ts). */
export function parseArguments(argv: readonly string[]): { hasInspector: boolean } {
  const unknown = argv.find((each) => each !== '--inspect')
  if (unknown !== undefined) {
    throw new Error(
      `unknown argument ${unknown}. There is one: npm start -- --inspect (shows the rooms in the Stately Inspector). The rest is set by the environment, see README.md`,
    )
  }
  return { hasInspector: argv.length > 0 }
}
