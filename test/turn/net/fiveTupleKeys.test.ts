import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FiveTupleKeys } from '../../../turn/net/fiveTupleKeys.ts'

const local = { ip: '198.51.100.1', port: 3478 }
/** Few addresses, and ports that collide in the table. */
const client = fc.record({
  ip: fc.constantFrom('203.0.113.1', '203.0.113.11', '2001:db8::1'),
  port: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 4096, 8192)).map(([low, high]) => low + high),
})

test('keyFor returns a stable and unique key for each 5-tuple', () => {
  fc.assert(
    fc.property(fc.array(client, { maxLength: 100 }), (clients) => {
      const keys = new FiveTupleKeys(local)
      expect(clients.map(({ ip, port }) => keys.keyFor(ip, port))).toEqual(
        clients.map(({ ip, port }) => `udp 198.51.100.1 ${ip} ${port}`),
      )
    }),
  )
})
