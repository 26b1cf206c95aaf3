import { createActor } from 'xstate'
import { microphoneHintMachine } from '../../../machines/audio/microphoneHintMachine.ts'
import { pushToTalkMachine } from '../../../machines/audio/pushToTalkMachine.ts'
import { getStored, openStorage, setStored } from '../../common/storage.ts'
import { detectBrowser } from '../../i18n/browserName.ts'
import type { AudioTools } from '../../media/audioTools.ts'
import type { Session } from '../../session/callSession.ts'
import { ActorSnapshot } from '../../ui/snapshot.svelte.ts'
import { monitorMicrophone } from './microphoneMonitor.ts'
import { listenToTalkKey } from './talkKey.ts'

const hintKinds = ['muted', 'silent'] as const

type ToolSession = Pick<Session, 'microphone' | 'call' | 'tracks' | 'recorder' | 'mediaView'>

/**
 * Starts the hints and push to talk, as `mediaView.audioTools`. Both work in a call only. Returns the function that
 * ends them.
 */
export function startAudioTools({ microphone, call, tracks, recorder, mediaView }: ToolSession): () => void {
  const storage = openStorage('localStorage')
  const hints = createActor(microphoneHintMachine, { inspect: recorder.inspect('microphoneHint') }).start()
  const talk = createActor(pushToTalkMachine, { inspect: recorder.inspect('pushToTalk') }).start()
  // Firefox releases a muted microphone, and its indicator goes off. Listening would keep it on.
  const isDefaultOn = detectBrowser(navigator.userAgent) !== 'firefox'
  let isMutedHintOn = $state((getStored(storage, 'mutedHint') ?? (isDefaultOn ? 'on' : 'off')) === 'on')
  const [hint, talking] = [new ActorSnapshot(hints), new ActorSnapshot(talk)]

  const isInCall = (): boolean => call.getSnapshot().matches('connected')
  const isMuted = (): boolean => microphone.getSnapshot().matches({ live: 'muted' })
  const isOn = (): boolean => !talk.getSnapshot().matches('off')
  const press = (): void => talk.send({ type: 'key.pressed', isMuted: isInCall() && isMuted() })
  const release = (): void => talk.send({ type: 'key.released' })

  const monitor = monitorMicrophone({
    microphone,
    tracks,
    isInCall,
    mayListenWhileMuted: () => isMutedHintOn,
    report: (event) => {
      hints.send(event)
      if (event.type === 'microphone.muted') talk.send(event)
    },
  })
  const stops = [
    call.subscribe(() => {
      monitor.update()
      // The button goes with the call, so it would not see the release.
      if (!isInCall()) talk.send({ type: 'focus.lost' })
    }).unsubscribe,
    () => monitor.stop(),
    talk.on('unmute.requested', () => microphone.send({ type: 'user.unmuted' })).unsubscribe,
    talk.on('mute.requested', () => microphone.send({ type: 'user.muted' })).unsubscribe,
    listenToTalkKey({
      isListening: () => isInCall() && (talk.getSnapshot().matches('talking') || (isOn() && isMuted())),
      onPress: press,
      onRelease: release,
      onFocusLost: () => talk.send({ type: 'focus.lost' }),
    }),
  ]
  if (getStored(storage, 'pushToTalk') === 'on') talk.send({ type: 'setting.enabled' })

  const tools: AudioTools = {
    get hint() {
      return hintKinds.find((kind) => hint.current.hasTag(kind)) ?? null
    },
    dismissHint: () => hints.send({ type: 'user.dismissed' }),
    get isMutedHintOn() {
      return isMutedHintOn
    },
    set isMutedHintOn(isOn) {
      isMutedHintOn = isOn
      setStored(storage, 'mutedHint', isOn ? 'on' : 'off')
      monitor.update()
    },
    get isPushToTalkOn() {
      return !talking.current.matches('off')
    },
    set isPushToTalkOn(isOn) {
      setStored(storage, 'pushToTalk', isOn ? 'on' : 'off')
      talk.send({ type: isOn ? 'setting.enabled' : 'setting.disabled' })
    },
    get isTalking() {
      return talking.current.matches('talking')
    },
    press,
    release,
  }
  mediaView.audioTools = tools
  return () => {
    mediaView.audioTools = null
    for (const stop of stops) stop()
    hints.stop()
    talk.stop()
  }
}
