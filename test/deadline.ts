/**
 * Upper bound of every wait in a test, in ms. Only a failing test reaches it, so it suits any machine. The benchmarks
 * (test/bench/) measure latency, next to a reference.
 */
export const deadlineMs = 60_000
