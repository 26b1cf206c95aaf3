import { describe, expect, test } from 'vitest'
import { Tracks } from '../../../client/media/localTracks.ts'
import { musicBitrateBps } from '../../../client/media/audioConstraints.ts'
import { Senders } from '../../../client/webrtc/senders.ts'

interface StubTransceiver {
  direction: RTCRtpTransceiverDirection
  currentDirection: RTCRtpTransceiverDirection | null
  receiver: { track: { kind: string } }
  sender: { track: unknown; replaceTrack(track: unknown): Promise<void> }
}

const createTransceiver = (kind: string, direction: RTCRtpTransceiverDirection, track: unknown): StubTransceiver => ({
  direction,
  currentDirection: null,
  receiver: { track: { kind } },
  sender: {
    track,
    async replaceTrack(next) {
      this.track = next
    },
  },
})

/** The transceivers of one connection. `kinds` are those of a remote offer. */
function createConnection(kinds: readonly string[] = []) {
  const transceivers = kinds.map((kind) => createTransceiver(kind, 'recvonly', null))
  const pc = {
    signalingState: kinds.length > 0 ? 'have-remote-offer' : 'stable',
    currentRemoteDescription: null as object | null,
    getTransceivers: () => transceivers,
    addTransceiver(trackOrKind: string | { kind: string }, { direction }: { direction: RTCRtpTransceiverDirection }) {
      const track = typeof trackOrKind === 'string' ? null : trackOrKind
      transceivers.push(createTransceiver(track?.kind ?? (trackOrKind as string), direction, track))
    },
  }
  const tracks = new Tracks()
  const [camera, screen, sound] = (['camera', 'screen', 'screenAudio'] as const).map((kind) => {
    const track = { id: kind, kind: kind === 'screenAudio' ? 'audio' : 'video', getSettings: () => ({ height: 720 }) }
    tracks.set(kind, track as never)
    return track
  })
  globalThis.MediaStream ??= class {} as never
  const senders = new Senders(pc as never, tracks)
  const sent = (): unknown[] => transceivers.map(({ sender }) => sender.track)
  return { pc, senders, tracks, transceivers, camera, screen, sound, sent }
}

describe('a shared screen', () => {
  test('is sent beside the camera, with its sound, to a peer that answers its m-line as sendrecv', async () => {
    const { senders, transceivers, camera, screen, sound, sent } = createConnection()
    senders.addTransceivers()
    await senders.syncTracks()
    // Until the answer the offerer does not know the peer’s page.
    expect(sent()).toEqual([null, screen, null, null])
    for (const each of transceivers) each.currentDirection = 'sendrecv'
    expect(await senders.syncTracks()).toBe(false)
    expect(sent()).toEqual([null, camera, screen, sound])
  })

  test('replaces the camera for an old page, whose browser answers recvonly', async () => {
    const { senders, transceivers, screen, sent } = createConnection()
    senders.addTransceivers()
    for (const each of transceivers) each.currentDirection = each === transceivers[2] ? 'sendonly' : 'sendrecv'
    await senders.syncTracks()
    expect(sent()).toEqual([null, screen, null, null])
  })

  test('replaces the camera for an old page that offers two m-lines, and no offer adds others', async () => {
    const { pc, senders, tracks, camera, screen, sent } = createConnection(['audio', 'video'])
    expect(await senders.syncTracks()).toBe(true)
    expect(sent()).toEqual([null, screen])
    pc.currentRemoteDescription = {}
    senders.addTransceivers()
    tracks.set('screen', null)
    await senders.syncTracks()
    expect(sent()).toEqual([null, camera])
  })

  test('is sent in the answer to a page that offers its m-lines', async () => {
    const { senders, transceivers, camera, screen, sound, sent } = createConnection([
      'audio',
      'video',
      'video',
      'audio',
    ])
    await senders.syncTracks()
    expect(transceivers.slice(2).map(({ direction }) => direction)).toEqual(['sendrecv', 'sendrecv'])
    expect(sent()).toEqual([null, camera, screen, sound])
  })
})

test('music is sent at a higher bitrate than speech, with the same connection', async () => {
  const { senders, tracks, transceivers } = createConnection(['audio', 'video'])
  const encoding: RTCRtpEncodingParameters = {}
  const changes: unknown[] = []
  Object.assign(transceivers[0]!.sender, {
    getParameters: () => ({ encodings: [{ ...encoding }] }),
    setParameters: async ({ encodings: [changed] }: RTCRtpSendParameters) => {
      changes.push(changed?.maxBitrate)
      Object.assign(encoding, changed)
    },
  })
  const microphone = { kind: 'audio', contentHint: '' }
  for (const contentHint of ['', 'music', 'music', '']) {
    microphone.contentHint = contentHint
    tracks.set('microphone', microphone as never)
    await senders.syncTracks()
  }
  expect(changes).toEqual([musicBitrateBps, undefined])
})
