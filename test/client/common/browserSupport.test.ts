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

describe('findMissingFeature', () => {
  test.each([
    ['null for a complete browser', null, Whole, undefined],
    ['webrtc if RTCPeerConnection is undefined', 'webrtc', undefined, undefined],
    ['webrtc if RTCPeerConnection is null', 'webrtc', null, undefined],
    ['webrtc if the constructor of RTCPeerConnection throws', 'webrtc', Throwing, undefined],
    ['webrtc if an extension left only the name RTCPeerConnection', 'webrtc', Hollow, undefined],
    ['websocket without a WebSocket class', 'websocket', Whole, null],
  ])('the missing feature is %s', (_, missing, pc, socket) => {
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
  [new Error('the fingerprint of the connection has changed'), false],
])('%s is a permanent error: %s', (error, isHopeless) => {
  expect(isPermanentError(error)).toBe(isHopeless)
})
