import type { Place, TracedMachine } from '../../../../machines/protocol/traceEntry.ts'
import type { SeatName } from '../../../../machines/protocol/messages.ts'
import { prose } from './prose.en.ts'

export const en = {
  prose,
  title: 'The machines',
  documentTitle: 'The machines · Duet',
  about: (machines: number): string =>
    `What may happen in a call is written down in ${machines} state machines. These pictures are made from the machines themselves.`,

  live: {
    none: 'No call is open in this browser.',
    noneAdvice:
      'Join one in another tab of it, and the states of both sides light up here. Or open a trace that somebody saved.',
    otherTab: 'Live from the call in another tab of this browser.',
    tabClosed: 'The call’s tab is closed. This is how it ended.',
    chooseCall: 'Which call',
    call: (n: number, began: Date): string =>
      `Call ${n}, begun ${began.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })}`,
  },

  file: {
    open: 'Open a saved trace',
    close: 'Close the trace',
    drop: 'Drop it here',
    shown: (name: string, began: Date): string =>
      `${name}, begun ${began.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })}.`,
    unreadable: (why: string): string => `This file could not be read. ${why}.`,
  },

  replay: {
    label: 'Replay',
    play: 'Play',
    pause: 'Pause',
    position: 'Entry of the trace',
    progress: (position: number, length: number): string => `Entry ${position} of ${length}`,
    speed: (times: number): string => (times === 1 ? 'Real time' : `${times}× faster`),
  },

  machines: {
    label: 'Machines',
    names: {
      room: 'Room',
      membership: 'Membership',
      signaling: 'Signaling',
      call: 'Call',
      verification: 'Safety code',
      microphone: 'Microphone',
      camera: 'Camera',
      screen: 'Screen',
      statusBanner: 'Status banner',
      quality: 'Quality',
    } satisfies Record<TracedMachine, string>,
    picture: (name: string): string => `Picture of the machine: ${name}`,
    pictureNote: 'Press a state to read what it means.',
    larger: 'Larger (+)',
    smaller: 'Smaller (−)',
    fitAll: 'Whole (0)',
    parallelNote: 'Its parts go on side by side, so it is in a state of each.',
    any: 'any',
    anyLabel: 'in any of these states',
  },

  places: {
    name: { here: 'this browser', there: 'the other browser', server: 'the server' } satisfies Record<Place, string>,
    shortLabel: (place: Place, seat: SeatName | undefined): string => {
      if (place === 'server') return 'server'
      return seat ? `${seat.toUpperCase()} ${place}` : place
    },
    laneLabel: (place: Place, seat: SeatName | undefined): string => {
      if (place === 'server') return 'Server'
      return seat ? `${seat.toUpperCase()}, ${place}` : place === 'here' ? 'Here' : 'There'
    },
  },

  state: {
    title: 'State',
    transitions: 'Leads on',
    handledWithoutTransition: 'Heard, and stays',
    leadsTo: 'to',
    always: 'by itself',
    inheritedFrom: (group: string): string => `as in all of “${group}”`,
  },

  sequence: {
    title: 'What happened',
    empty: 'Nothing yet.',
    seconds: (ms: number): string => `${(ms / 1000).toFixed(2)} s`,
    label: 'Events between the two browsers and the server, oldest first',
  },
}
