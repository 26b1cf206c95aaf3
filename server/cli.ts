/** What may stand behind `npm start --`. Everything else comes from the environment (config/config.ts). */
export function readArguments(given: readonly string[]): { inspects: boolean } {
  const unknown = given.find((each) => each !== '--inspect')
  if (unknown !== undefined) {
    throw new Error(`unknown argument ${unknown}. There is one: npm start -- --inspect (shows the rooms in the Stately Inspector). The rest is set by the environment, see README.md`)
  }
  return { inspects: given.length > 0 }
}
