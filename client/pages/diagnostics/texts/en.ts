import { formatElapsed, formatNumber, formatPercent, formatUnit } from '../../../i18n/format.ts'
import type { Place } from '../../../../machines/protocol/traceEntry.ts'

const places: Record<Place, string> = { here: 'You', there: 'Them', server: 'Server' }

export const en = {
  title: 'Diagnostics',
  about: 'Find out why something isn’t working.',
  close: 'Close diagnostics',
  machines: 'State machines',
  names: {
    membership: 'Membership',
    room: 'Room',
    signaling: 'Server connection',
    call: 'Call',
    verification: 'Safety code',
    microphone: 'Microphone',
    camera: 'Camera',
    screen: 'Shared screen',
    statusBanner: 'Status banner',
    quality: 'Quality',
    preparation: 'Connection before the call',
    transfer: 'File transfer',
    microphoneHint: 'Microphone hint',
    pushToTalk: 'Push to talk',
    chat: 'Chat',
  },

  connectionPath: {
    title: 'Connection',
    none: 'Not connected right now.',
    direct: (protocol: string) => `Direct, over ${protocol}`,
    relayed: (protocol: string) => `Relayed, over ${protocol}`,
    roundTrip: 'Round-trip time',
    milliseconds: (count: number) => formatUnit('en', 'millisecond', count),
    quality: 'Quality',
    inbound: 'Received',
    outbound: 'Sent',
    lossAndRate: (loss: string, rate: number | null) =>
      rate === null ? `${loss} lost` : `${loss} lost, ${formatNumber('en', rate)} kbit/s`,
    percent: (share: number) => formatPercent('en', share),
    unmeasured: '?',
    jitter: 'Jitter',
    reconnects: 'Reconnects',
    reconnectCounts: (attempts: number, restarts: number) =>
      `${restarts} ICE ${restarts === 1 ? 'restart' : 'restarts'} in the last minute (${attempts} failed)`,
    localEnd: 'Local address',
    remoteEnd: 'Remote address',
    endpoints: { host: 'host', srflx: 'seen by STUN', prflx: 'seen by the peer', relay: 'relay' },
    privacyNote: 'Addresses are shown only here. Traces never contain them.',
  },

  events: {
    title: 'Events',
    about: 'Newest first.',
    none: 'Nothing yet.',
    placeFilter: 'Show events from',
    all: 'All',
    places,
    noneFromPlace: 'Nothing received from them yet.',
    /** The time of an event, in ms since the start of the trace. */
    elapsed: (ms: number): string => formatElapsed('en', ms),
  },

  saveTrace: 'Save trace',
  saveNote: 'Contains states and events, but no addresses, keys or names. Safe to send to someone who helps you.',
  openStatecharts: 'Show state machines',
}
