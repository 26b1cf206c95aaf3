import { emit, setup } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'

/** Events of the push-to-talk machine. */
export type PushToTalkEvent =
  // from the user
  | { type: 'setting.enabled' }
  | { type: 'setting.disabled' }
  /** `isMuted`: the microphone is open, and the user has muted it. */
  | { type: 'key.pressed'; isMuted: boolean }
  | { type: 'key.released' }
  // from the page and the microphone
  | { type: 'focus.lost' }
  | { type: 'microphone.muted' }

/** The meaning of each event. `after.*` is a delayed transition. */
const pushToTalkEventDescriptions = {
  'setting.enabled': 'The user turned push to talk on.',
  'setting.disabled': 'The user turned push to talk off.',
  'key.pressed': 'The user pressed the space bar or the button to talk, and holds it.',
  'key.released': 'The user released the key or the button.',
  'focus.lost': 'Another window has the focus or hides the page, so the page wouldn’t see the release.',
  'microphone.muted': 'The user muted the microphone in another way.',
  'after.talkTail': 'The last syllable after the release has been sent.',
} satisfies Record<PushToTalkEvent['type'] | `after.${string}`, string>

/** Effects of the push-to-talk machine, for the microphone. */
export type PushToTalkEffect = { type: 'unmute.requested' } | { type: 'mute.requested' }

/** Unmutes a muted microphone while a key or a button is held. It mutes again in every case. */
export const pushToTalkMachine = setup({
  types: { events: {} as PushToTalkEvent, emitted: {} as PushToTalkEffect },
  guards: { isMuted: ({ event }) => event.type === 'key.pressed' && event.isMuted },
  actions: { requestUnmute: emit({ type: 'unmute.requested' }), requestMute: emit({ type: 'mute.requested' }) },
  delays: { talkTail: timeouts.talkTailMs },
}).createMachine({
  id: 'pushToTalk',
  description: 'Push to talk: whether the user holds the key that unmutes the microphone.',
  meta: { events: pushToTalkEventDescriptions },
  initial: 'off',
  states: {
    off: { description: 'The user hasn’t turned push to talk on.', on: { 'setting.enabled': 'ready' } },
    ready: {
      description: 'The key isn’t held.',
      on: { 'key.pressed': { guard: 'isMuted', target: 'talking' }, 'setting.disabled': 'off' },
    },
    talking: {
      description: 'The microphone is unmuted.',
      entry: 'requestUnmute',
      exit: 'requestMute',
      initial: 'held',
      states: {
        held: { description: 'The user holds the key.', on: { 'key.released': 'ending' } },
        ending: {
          description: 'The user released the key a moment ago.',
          on: { 'key.pressed': 'held' },
          after: { talkTail: '#pushToTalk.ready' },
        },
      },
      on: { 'focus.lost': 'ready', 'microphone.muted': 'ready', 'setting.disabled': 'off' },
    },
  },
})
