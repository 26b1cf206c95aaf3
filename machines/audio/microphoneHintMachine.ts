import { assign, setup } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'

/** Context of the microphone hint machine. It lasts while the microphone is open in a call. */
export interface MicrophoneHintContext {
  /** True once the microphone has delivered sound. */
  hasDelivered: boolean
  /** True after the user closed the hint about silence: this microphone is silent on purpose. */
  isSilenceDismissed: boolean
}

/** Events of the microphone hint machine. */
export type MicrophoneHintEvent =
  // from the microphone and the call
  | { type: 'microphone.muted' }
  | { type: 'microphone.unmuted' }
  | { type: 'microphone.closed' }
  // from the sound of the microphone
  | { type: 'speech.started' }
  | { type: 'speech.ended' }
  | { type: 'silence.started' }
  | { type: 'silence.ended' }
  // from the user
  | { type: 'user.dismissed' }

/** The meaning of each event. `after.*` is a delayed transition. */
const microphoneHintEventDescriptions = {
  'microphone.muted': 'In a call, the microphone is open, and the user has muted it.',
  'microphone.unmuted': 'In a call, the microphone is open, and its sound is sent.',
  'microphone.closed': 'The microphone isn’t open, the system mutes it, or there’s no call.',
  'speech.started': 'The microphone delivers sound that is like speech.',
  'speech.ended': 'The sound is no longer like speech.',
  'silence.started': 'The microphone delivers only digital silence.',
  'silence.ended': 'The microphone delivers sound.',
  'user.dismissed': 'The user closed the hint.',
  'after.mutedSpeech': 'The user spoke for 0.6 seconds, so it wasn’t a cough.',
  'after.mutedHintEnd': 'The user hasn’t spoken for six seconds.',
  'after.mutedHintPause': 'A minute has passed since the user closed the hint.',
  'after.silentMicrophone': 'Five seconds of silence from a microphone that hasn’t delivered any sound yet.',
  'after.quietMicrophone': 'Thirty seconds of silence from a microphone that has delivered sound.',
} satisfies Record<MicrophoneHintEvent['type'] | `after.${string}`, string>

/** The hints that can be shown; tags of the machine. */
export type MicrophoneHint = 'muted' | 'silent'

/**
 * Decides when a hint about the microphone is shown: the user speaks while muted, or the microphone is silent. Some
 * systems make each pause of speech silent, so a microphone that has delivered sound may be silent for longer.
 */
export const microphoneHintMachine = setup({
  types: { context: {} as MicrophoneHintContext, events: {} as MicrophoneHintEvent, tags: '' as MicrophoneHint },
  guards: {
    isSilenceDismissed: ({ context }) => context.isSilenceDismissed,
    isUntested: ({ context }) => !context.hasDelivered,
  },
  actions: {
    setDelivered: assign({ hasDelivered: true }),
    setSilenceDismissed: assign({ isSilenceDismissed: true }),
    forget: assign({ hasDelivered: false, isSilenceDismissed: false }),
  },
  delays: {
    mutedSpeech: timeouts.mutedSpeechMs,
    mutedHintEnd: timeouts.mutedHintEndMs,
    mutedHintPause: timeouts.mutedHintPauseMs,
    silentMicrophone: timeouts.silentMicrophoneMs,
    quietMicrophone: timeouts.quietMicrophoneMs,
  },
}).createMachine({
  id: 'microphoneHint',
  description: 'Which hint about the microphone is shown to the user, and when.',
  meta: { events: microphoneHintEventDescriptions },
  context: { hasDelivered: false, isSilenceDismissed: false },
  initial: 'inactive',
  states: {
    inactive: {
      description: 'There’s no call, or the microphone isn’t open.',
      entry: 'forget',
      on: { 'microphone.muted': 'muted', 'microphone.unmuted': 'unmuted' },
    },
    muted: {
      description: 'The user muted the microphone. Its sound isn’t sent.',
      initial: 'quiet',
      states: {
        quiet: { description: 'The user doesn’t speak.', on: { 'speech.started': 'speaking' } },
        speaking: {
          description: 'The user speaks, but too short to show a hint.',
          on: { 'speech.ended': 'quiet' },
          after: { mutedSpeech: 'shown' },
        },
        shown: {
          description: 'The hint says that the user is muted.',
          tags: 'muted',
          initial: 'speaking',
          states: {
            speaking: { description: 'The user still speaks.', on: { 'speech.ended': 'spoken' } },
            spoken: {
              description: 'The user has stopped. The hint stays for a moment.',
              on: { 'speech.started': 'speaking' },
              after: { mutedHintEnd: '#microphoneHint.muted.quiet' },
            },
          },
          on: { 'user.dismissed': 'paused' },
        },
        paused: {
          description: 'The user closed the hint. They may be speaking to someone else.',
          after: { mutedHintPause: 'quiet' },
        },
      },
      on: { 'microphone.unmuted': 'unmuted' },
    },
    unmuted: {
      description: 'The sound of the microphone is sent.',
      initial: 'audible',
      states: {
        audible: {
          description: 'The microphone delivers sound, or its silence is expected.',
          on: { 'silence.started': [{ guard: 'isSilenceDismissed' }, { target: 'quiet' }] },
        },
        quiet: {
          description: 'The microphone is silent, but too short to show a hint.',
          on: { 'silence.ended': { target: 'audible', actions: 'setDelivered' } },
          after: { silentMicrophone: { guard: 'isUntested', target: 'silent' }, quietMicrophone: 'silent' },
        },
        silent: {
          description: 'The hint says that the microphone is silent.',
          tags: 'silent',
          on: {
            'silence.ended': { target: 'audible', actions: 'setDelivered' },
            'user.dismissed': { target: 'audible', actions: 'setSilenceDismissed' },
          },
        },
      },
      on: { 'microphone.muted': 'muted' },
    },
  },
  on: { 'microphone.closed': '.inactive', 'silence.ended': { actions: 'setDelivered' } },
})
