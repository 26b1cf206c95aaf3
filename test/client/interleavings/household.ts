import { expect } from 'vitest'
import type { Confidence, PeerParts } from '../../../client/webrtc/peerConnection.ts'
import type { Tracks } from '../../../client/media/localTracks.ts'
import type { MediaState } from '../../../machines/protocol/messages.ts'
import type { Pace } from './socket.ts'

const sent: MediaState = { microphone: true, camera: true, screen: false }

/** What a page gives a peer, and what it counts of what the peer does with it. */
export class Household {
  readonly parts: PeerParts
  shown: MediaStream | null = null
  isMeasured = false
  /** Who listens to the devices. */
  readonly watchers = new Set<() => void>()
  readonly confided: Confidence[] = []
  /** What the other side said that it sends. */
  readonly heard: MediaState[] = []
  samples = 0
  /** How often new credentials were asked for. */
  renewals = 0
  #told: number | null = null

  constructor(pace: Pace, tracks: Tracks, name = '') {
    const wait = (what: string) => pace.schedule(Promise.resolve(), `${name} ${what}`)
    const servers = () => [{ urls: `stun:192.0.2.1?${this.renewals}` }]
    const ice = {
      servers: () => wait('ice servers').then(servers),
      fresh: () => wait('fresh ice servers').then(() => {
        this.renewals += 1
        return servers()
      }),
    }
    this.parts = {
      tracks, relayOnly: false,
      ice: ice as unknown as PeerParts['ice'],
      media: {
        now: () => sent,
        watch: (changed) => {
          this.watchers.add(changed)
          return () => this.watchers.delete(changed)
        },
        show: (media) => void this.heard.push(media),
      },
      settled: () => wait('devices'),
      show: (remote) => { this.shown = remote },
      measure: (stats) => { this.isMeasured = stats !== null },
      sample: () => { this.samples += 1 },
      note: () => undefined,
      unsupported: () => { throw new Error('the stand-ins lack something that a peer uses') },
      confide: (talk) => {
        this.confided.push(talk)
        return () => void this.confided.splice(this.confided.indexOf(talk), 1)
      },
    }
  }

  /** From now on nobody is to be told anything. */
  end(): void {
    this.#told = this.samples + this.heard.length
  }

  look(): void {
    expect(this.confided.length, 'in confidence').toBeLessThanOrEqual(1)
    if (this.#told !== null) expect(this.samples + this.heard.length, 'told after the stop').toBe(this.#told)
  }

  expectEnd(): void {
    expect([this.shown, this.isMeasured]).toEqual([null, false])
    expect(this.watchers.size, 'who watches the devices').toBe(0)
    expect(this.confided, 'in confidence').toEqual([])
  }
}
