import { expect } from 'vitest'
import { CertificateReserve } from '../../../client/webrtc/certificateReserve.ts'
import type { SecureChannel, PeerConnectionParts } from '../../../client/webrtc/peerConnection.ts'
import type { Tracks } from '../../../client/media/localTracks.ts'
import type { MediaState } from '../../../machines/protocol/messages.ts'
import type { TaskScheduler } from '../common/taskScheduler.ts'

const sentMedia: MediaState = { microphone: true, camera: true, screen: false }

/** The parts that a page gives to a peer, with counters of their use. */
export class PeerConnectionPartsStub {
  readonly parts: PeerConnectionParts
  remoteStream: MediaStream | null = null
  hasStats = false
  /** Listeners on the devices. */
  readonly listeners = new Set<() => void>()
  readonly openChannels: SecureChannel[] = []
  /** Trace entries that belong to no machine. */
  readonly traced: string[] = []
  /** Media states received from the peer. */
  readonly receivedMediaStates: MediaState[] = []
  sampleCount = 0
  /** Number of requests for new credentials. */
  iceServerFetches = 0
  #callsAtEnd: number | null = null

  constructor(scheduler: TaskScheduler, tracks: Tracks, name = '') {
    const wait = (what: string) => scheduler.schedule(Promise.resolve(), `${name} ${what}`)
    const servers = () => [{ urls: `stun:192.0.2.1?${this.iceServerFetches}` }]
    const ice = {
      getServers: () => wait('ice servers').then(servers),
      fetchServers: () =>
        wait('fresh ice servers').then(() => {
          this.iceServerFetches += 1
          return servers()
        }),
    }
    this.parts = {
      tracks,
      certificates: new CertificateReserve(),
      relayOnly: false,
      ice: ice as unknown as PeerConnectionParts['ice'],
      media: {
        readLocal: () => sentMedia,
        subscribe: (changed) => {
          this.listeners.add(changed)
          return () => this.listeners.delete(changed)
        },
        onRemote: (media) => void this.receivedMediaStates.push(media),
      },
      waitForDevices: () => wait('devices'),
      onRemoteStream: (remote) => {
        this.remoteStream = remote
      },
      onRemoteScreen: () => undefined,
      onStatsAvailable: (stats) => {
        this.hasStats = stats !== null
      },
      onStatsReport: () => {
        this.sampleCount += 1
      },
      trace: (event) => void this.traced.push(event),
      onUnsupported: () => {
        throw new Error('the fakes lack a feature that a peer uses')
      },
      onChannelOpen: (channel) => {
        this.openChannels.push(channel)
        return () => void this.openChannels.splice(this.openChannels.indexOf(channel), 1)
      },
    }
  }

  /** From now on the stub must not be called. */
  end(): void {
    this.#callsAtEnd = this.sampleCount + this.receivedMediaStates.length
  }

  checkInvariants(): void {
    expect(this.openChannels.length, 'open channels').toBeLessThanOrEqual(1)
    if (this.#callsAtEnd !== null)
      expect(this.sampleCount + this.receivedMediaStates.length, 'called after the stop').toBe(this.#callsAtEnd)
  }

  expectEnd(): void {
    expect([this.remoteStream, this.hasStats]).toEqual([null, false])
    expect(this.listeners.size, 'listeners on the devices').toBe(0)
    expect(this.openChannels, 'open channels').toEqual([])
  }
}
