/** A measurement that is repeated for several names. */
export interface Rounds<Name> {
  label: string
  names: readonly Name[]
  rounds: number
  /** Discarded rounds before the measurement. */
  warmUpRounds?: number
}

/** Measures all names in every round, in alternating order, so that other load on the machine affects all. */
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
