import { selfTest, type SelfTestOptions } from './client/selfTest.ts'
import type { TurnLog } from './common/log.ts'
import type { Transport, TurnOptions } from './common/options.ts'

/** Returns the transports to listen on. */
export const transportsOf = ({ transports = ['udp', 'tcp'] }: TurnOptions): readonly Transport[] => transports

/** Starts the self-test if `options` ask for it. Returns a function that silences it: on a closing server, it fails. */
export function startSelfTest(
  options: TurnOptions,
  log: TurnLog,
  test: Pick<SelfTestOptions, 'rules' | 'ports' | 'at'>,
): () => void {
  if (!options.selfTest) return () => {}
  let isOver = false
  void selfTest({ ...test, transports: transportsOf(options) }).then((failures) => {
    if (isOver) return
    for (const reason of failures) log.warn({ reason }, 'self-test failed')
    if (failures.length === 0) log.info({}, 'self-test passed')
  })
  return () => void (isOver = true)
}
