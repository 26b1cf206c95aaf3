import {
  createTransactionId,
  outcome,
  unauthenticatedRequest,
  authenticatedRequest,
  appendAttribute,
} from '../packets.ts'
import { isSameAddress } from '../../../turn/stun/ip.ts'
import { has, read, readAll } from '../../../turn/stun/message.ts'
import { udp, type ContractCase } from './contractCase.ts'
import { ContractClient } from './contractClient.ts'

const draftAdditionalFamily = [0x8032, Uint8Array.of(2, 0, 0, 0)] as const

/** Cases for Binding, credentials and Allocate. */
export const allocationCases: ContractCase[] = [
  ...(['udp', 'tcp'] as const).map((transport): ContractCase => ({
    name: `Binding over ${transport} returns the client's address`,
    run: async (server) =>
      read(
        await (await ContractClient.open(server, { transport, host: '127.0.0.1' })).requestUnauthenticated('binding'),
        'xorMappedAddress',
      )!.ip,
    expected: '127.0.0.1',
  })),
  {
    name: 'a response has a FINGERPRINT if and only if the request has one',
    run: async (server) => {
      const client = await ContractClient.open(server)
      return [
        has(await client.requestUnauthenticated('binding', [], true), 'fingerprint'),
        has(await client.requestUnauthenticated('binding'), 'fingerprint'),
      ]
    },
    expected: [true, false],
    coturn: [true, true],
    coturnDefault: [true, false],
    reason: 'the printed setting `fingerprint` adds one to every response',
  },
  {
    name: 'a 420 names the unknown comprehension-required attribute',
    run: async (server) => {
      const answer = await (
        await ContractClient.open(server)
      ).exchange(appendAttribute(unauthenticatedRequest('binding'), 0x7f01, Uint8Array.of(1)))
      return [outcome(answer), read(answer, 'unknownAttributes')]
    },
    expected: [420, [0x7f01]],
  },
  {
    name: 'Allocate without credentials returns 401 with realm and nonce',
    run: async (server) => {
      const answer = await (await ContractClient.open(server)).requestUnauthenticated('allocate', [udp])
      return [outcome(answer), read(answer, 'realm'), has(answer, 'nonce')]
    },
    expected: [401, 'test', true],
  },
  {
    name: 'the challenge offers SHA-256 (RFC 8489 §9.2.1)',
    run: async (server) =>
      has(await (await ContractClient.open(server)).requestUnauthenticated('allocate', [udp]), 'passwordAlgorithms'),
    expected: true,
    coturn: false,
    reason: 'coturn 4.6 implements RFC 5389 only',
  },
  {
    name: 'MESSAGE-INTEGRITY-SHA256 is accepted',
    run: async (server) =>
      (await ContractClient.open(server)).requestOutcome('allocate', [udp], { integrity: 'messageIntegritySha256' }),
    expected: 'success',
    coturn: 401,
    reason: 'coturn 4.6 implements RFC 5389 only',
  },
  {
    name: 'a wrong password, an unknown user and a wrong realm return 401',
    run: async (server) => [
      await (await ContractClient.open(server)).requestOutcome('allocate', [udp], { credential: 'guess' }),
      await (await ContractClient.open(server)).requestOutcome('allocate', [udp], { username: 'nobody' }),
      await (await ContractClient.open(server)).requestOutcome('allocate', [udp], { realm: 'elsewhere' }),
    ],
    expected: [401, 401, 401],
    coturn: [401, 401, 437],
    reason: 'coturn checks the realm later and returns a mismatch',
  },
  {
    name: 'an invented nonce returns 438 with a valid one',
    run: async (server) => {
      const client = await ContractClient.open(server)
      const stale = await client.request('allocate', [udp], { nonce: 'invented' })
      return [outcome(stale), await client.requestOutcome('allocate', [udp], { nonce: read(stale, 'nonce')! })]
    },
    expected: [438, 'success'],
  },
  {
    name: 'LIFETIME: none, below ten minutes, twenty minutes, a day',
    run: async (server) =>
      Promise.all(
        [undefined, 1, 1200, 86_400].map(async (credentialSeconds) =>
          read(
            await (
              await ContractClient.open(server)
            ).request('allocate', credentialSeconds === undefined ? [udp] : [udp, ['lifetime', credentialSeconds]]),
            'lifetime',
          ),
        ),
      ),
    expected: [600, 600, 1200, 3600],
  },
  {
    name: 'the relayed port is in the configured range',
    run: async (server) => {
      const { ip, port } = await (await ContractClient.open(server)).allocate()
      return ip === server.ip && port >= server.relayPorts[0] && port <= server.relayPorts[1]
    },
    expected: true,
  },
  {
    name: 'a retransmitted Allocate returns the same response, another Allocate 437',
    run: async (server) => {
      const client = await ContractClient.open(server)
      const packet = authenticatedRequest('allocate', [udp], {
        ...client.credentials,
        nonce: await client.nonce(),
        transactionId: createTransactionId(),
      })
      const [first, again] = [await client.exchange(packet), await client.exchange(packet)]
      const [relay, same] = [first, again].map((answer) => read(answer, 'xorRelayedAddress')!)
      return [
        outcome(first),
        outcome(again),
        isSameAddress(relay!, same!),
        await client.requestOutcome('allocate', [udp]),
      ]
    },
    expected: ['success', 'success', true, 437],
  },
  {
    name: 'no transport returns 400, TCP 442, an unknown family 440',
    run: async (server) =>
      Promise.all(
        ([[], [['requestedTransport', 6]], [udp, ['requestedAddressFamily', 3]]] as const).map(async (values) =>
          (await ContractClient.open(server, { transport: 'tcp' })).requestOutcome('allocate', values),
        ),
      ),
    expected: [400, 442, 440],
    coturnDefault: [400, 'success', 440],
    reason: 'TCP relays (RFC 6062) are on without `no-tcp-relay`; WebRTC does not need them',
  },
  {
    name: 'another user on the 5-tuple gets 441, and 437 for Allocate',
    run: async (server) => {
      const [anna, bob] = [await ContractClient.open(server), await ContractClient.open(server, { name: 'bob' })]
      await anna.allocate()
      return [
        await anna.requestOutcome('refresh', [], bob.credentials),
        await anna.requestOutcome('allocate', [udp], bob.credentials),
      ]
    },
    expected: [441, 437],
  },
  {
    name: 'DONT-FRAGMENT in an Allocate',
    run: async (server) =>
      (await ContractClient.open(server)).requestOutcome('allocate', [udp], {
        extraAttributes: [[0x001a, new Uint8Array()]],
      }),
    expected: 'success',
    dgram: 420,
    reason: 'node:dgram cannot set DF, so it does not support the attribute',
  },
  {
    name: 'EVEN-PORT with R: an even port; the token claims the next port once',
    run: async (server) => {
      const [near, far, late] = [
        await ContractClient.open(server),
        await ContractClient.open(server),
        await ContractClient.open(server),
      ]
      const answer = await near.request('allocate', [udp, ['evenPort', true]])
      const [{ port }, token] = [read(answer, 'xorRelayedAddress')!, read(answer, 'reservationToken')!]
      const next = await far.allocate(['reservationToken', token])
      return [port % 2, next.port - port, await late.requestOutcome('allocate', [udp, ['reservationToken', token]])]
    },
    expected: [0, 1, 508],
    coturn: [0, 1, 404],
    reason: 'RFC 8656 §7.2 requires 508',
  },
  {
    name: 'a token with EVEN-PORT, and an unknown token',
    run: async (server) => {
      const client = await ContractClient.open(server)
      const token = ['reservationToken', new Uint8Array(8).fill(7)] as const
      return [
        await client.requestOutcome('allocate', [udp, token, ['evenPort', false]]),
        await (await ContractClient.open(server)).requestOutcome('allocate', [udp, token]),
      ]
    },
    expected: [400, 508],
    coturn: [400, 404],
    reason: 'RFC 8656 §7.2 requires 508',
  },
  {
    name: 'attributes after MESSAGE-INTEGRITY are ignored: a LIFETIME of 0 there deletes no allocation',
    run: async (server) => {
      const client = await ContractClient.open(server)
      await client.allocate()
      const packet = authenticatedRequest('refresh', [['lifetime', 1200]], {
        ...client.credentials,
        nonce: await client.nonce(),
      })
      return [
        outcome(await client.exchange(appendAttribute(packet, 0x000d, new Uint8Array(4)))),
        await client.requestOutcome('refresh'),
      ]
    },
    expected: ['success', 'success'],
  },
  ...dualFamilyCases(),
]

function dualFamilyCases(): ContractCase[] {
  const relaysOf = async (
    values: Parameters<ContractClient['request']>[1],
    server: Parameters<ContractCase['run']>[0],
    options = {},
  ) =>
    readAll(await (await ContractClient.open(server)).request('allocate', values, options), 'xorRelayedAddress').map(
      ({ ip }) => (ip.includes(':') ? 6 : 4),
    )
  return [
    {
      name: 'an IPv6 relay for a client on IPv4',
      run: (server) => relaysOf([udp, ['requestedAddressFamily', 2]], server),
      expected: [6],
      needsIpv6: true,
    },
    {
      name: 'both families, by the number of RFC 8656 §18.11',
      run: (server) => relaysOf([udp, ['additionalAddressFamily', 2]], server),
      expected: [4, 6],
      coturn: [4],
      reason: 'coturn 4.6 uses the number of a draft',
      needsIpv6: true,
    },
    {
      name: 'both families, by the number of a draft (0x8032)',
      run: (server) => relaysOf([udp], server, { extraAttributes: [draftAdditionalFamily] }),
      expected: [4],
      coturn: [4, 6],
      reason: 'only coturn’s own client sends it, and IANA has not assigned it',
      needsIpv6: true,
    },
  ]
}
