import { describe, expect, test } from 'vitest'
import { isPermanentError, findMissingFeature } from '../../../client/common/browserSupport.ts'

class Whole {
  static generateCertificate(): void {}
  addTransceiver(): void {}
  close(): void {}
}
class Throwing extends Whole {
  constructor() {
    super()
    throw new DOMException('blocked by policy', 'NotAllowedError')
  }
}
class Hollow {
  close(): void {}
}

const lookAt = (RTCPeerConnection: unknown, WebSocket: unknown = class {}) =>
  findMissingFeature({ RTCPeerConnection, WebSocket } as Parameters<typeof findMissingFeature>[0])

describe('what a call needs', () => {
  test.each([
    ['there', null, Whole, undefined],
    ['missing where RTCPeerConnection is undefined', 'webrtc', undefined, undefined],
    ['missing where RTCPeerConnection is null', 'webrtc', null, undefined],
    ['missing where its constructor throws', 'webrtc', Throwing, undefined],
    ['missing where an extension left only its name', 'webrtc', Hollow, undefined],
    ['missing where there is no WebSocket', 'websocket', Whole, null],
  ])('is %s', (_, missing, pc, socket) => {
    expect(lookAt(pc, socket)).toBe(missing)
  })
})

test.each([
  [new ReferenceError('RTCPeerConnection is not defined'), true],
  [new TypeError('pc.addTransceiver is not a function'), true],
  [new DOMException('no ECDSA', 'NotSupportedError'), true],
  [new DOMException('Failed to set remote offer sdp', 'InvalidAccessError'), false],
  [new DOMException('The RTCPeerConnection is closed', 'InvalidStateError'), false],
  [new DOMException('Failed', 'OperationError'), false],
  [new Error('the other end of a connection is another one'), false],
])('%s cannot be mended by a retry: %s', (error, isHopeless) => {
  expect(isPermanentError(error)).toBe(isHopeless)
})
