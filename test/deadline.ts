/**
 * Upper bound of every wait in a test, in milliseconds. It is only reached by what never comes, so it is long enough for any
 * machine. How fast something comes is measured by the benchmarks (test/bench/), side by side with a witness.
 */
export const deadlineMs = 60_000
