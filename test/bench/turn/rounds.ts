export interface Rounds<Name> {
  label: string
  names: readonly Name[]
  rounds: number
  /** Rounds before, which are thrown away. */
  warmUpRounds?: number
}

/** Everybody's turn in every round, in alternating order: what else happens on the machine happens to all. */
export async function interleave<Name, Row>(
  { label, names, rounds, warmUpRounds = 1 }: Rounds<Name>,
  measure: (name: Name) => Promise<Row>,
): Promise<Row[]> {
  const all: Row[] = []
  for (let round = 1 - warmUpRounds; round <= rounds; round++) {
    for (const name of round % 2 ? names : names.toReversed()) {
      const row = await measure(name)
      if (round > 0) all.push(row)
    }
    console.error(`${label}: round ${round} of ${rounds}`)
  }
  return all
}
