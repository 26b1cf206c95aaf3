import { formatDateTime, formatNumber, formatTime, formatUnit } from '../../../i18n/format.ts'
import type { Place, TracedMachine } from '../../../../machines/protocol/traceEntry.ts'
import type { SeatName } from '../../../../machines/protocol/messages.ts'

export const en = {
  title: 'State machines',
  documentTitle: 'State machines · Duet',
  about: (machines: number): string =>
    `${machines} state machines define everything that can happen in a call. These diagrams are generated from their code.`,

  live: {
    none: 'No call is open in this browser.',
    noneAdvice: 'Join one in another tab, and the states of both sides light up here. Or open a saved trace.',
    otherTab: 'Live from the call in another tab.',
    tabClosed: 'The call’s tab is closed. These are its last states.',
    chooseCall: 'Call',
    call: (n: number, began: Date): string => `Call ${n}, started ${formatTime('en', began)}`,
    pause: 'Pause',
    follow: 'Back to live',
    newer: (count: number): string =>
      count === 0 ? 'No newer entries' : count === 1 ? '1 newer entry' : `${formatNumber('en', count)} newer entries`,
  },

  file: {
    open: 'Open a saved trace',
    close: 'Close the trace',
    drop: 'Drop the file here',
    shown: (name: string, began: Date): string => `${name}, started ${formatDateTime('en', began)}.`,
    unreadable: (why: string): string => `This file couldn’t be read. ${why}.`,
  },

  replay: {
    label: 'Replay',
    play: 'Play',
    pause: 'Pause',
    position: 'Position in the trace',
    progress: (position: number, length: number): string =>
      `Entry ${formatNumber('en', position)} of ${formatNumber('en', length)}`,
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
      preparation: 'Preparation',
      transfer: 'File transfer',
      chat: 'Chat',
      microphoneHint: 'Microphone hint',
      pushToTalk: 'Push to talk',
    } satisfies Record<TracedMachine, string>,
    picture: (name: string): string => `Diagram of ${name}`,
    pictureNote: 'Select a state to see what it means.',
    larger: 'Zoom in (+)',
    smaller: 'Zoom out (−)',
    fitAll: 'Fit to window (0)',
    parallelNote: 'Its regions run in parallel, each in one state.',
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
    transitions: 'Transitions',
    handledWithoutTransition: 'Handled here',
    leadsTo: 'to',
    always: 'automatically',
    inheritedFrom: (group: string): string => `inherited from “${group}”`,
  },

  sequence: {
    title: 'Events',
    empty: 'Nothing yet.',
    seconds: (ms: number): string => formatUnit('en', 'second', ms / 1000, 2),
    label: 'Events between the two browsers and the server, oldest first',
  },

  sandbox: {
    open: 'Open the sandbox',
    close: 'Close the sandbox',
    title: 'Sandbox',
    about: 'Send events to this machine and see what it does. Nothing here reaches a call or a device.',
    state: 'State',
    undo: 'Undo',
    reset: 'Start over',
    send: (event: string): string => `Send ${event}`,
    fields: 'Fields of the event, as JSON',
    invalidFields: 'That isn’t a JSON object.',
    badFields: (why: string): string => `The machine can’t handle these fields. ${why}`,
    stays: 'stays',
    ignored: 'ignored',
    after: (ms: number): string => `after ${formatUnit('en', 'second', ms / 1000, ms % 1000 === 0 ? 0 : 1)}`,
    guards: 'Guards',
    noGuard: 'no guard',
    taken: 'taken',
    isTrue: 'true',
    isFalse: 'false',
    isUnknown: 'unknown: a field is missing',
    actions: 'Actions of this step',
    noActions: 'None.',
    effects: {
      send: (event: string, actor: string): string => `send ${event} to ${actor}`,
      emit: (event: string): string => `emit ${event}`,
      start: (actor: string): string => `start the actor ${actor}`,
      stop: (actor: string): string => `stop the actor ${actor}`,
      timer: (event: string, delay: string): string => `start a timer: ${event} ${delay}`,
      cancel: (event: string): string => `stop the timer of ${event}`,
    },
    context: 'Context',
    noContext: 'This machine has no context.',
    changed: 'changed',
    steps: 'Steps',
    start: 'Start',
  },

  export: {
    title: 'Export',
    formats: { json: 'Definition (JSON)', mermaid: 'Mermaid', svg: 'Drawing (SVG)' },
    download: (format: string): string => `Download: ${format}`,
    copy: (format: string): string => `Copy: ${format}`,
    copied: 'Copied',
    copyFailed: 'Couldn’t copy',
  },

  source: { title: 'Source', copy: (place: string): string => `Copy ${place}` },

  inspect: { open: 'Stately Inspector' },
}
