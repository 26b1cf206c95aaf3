import type { BrowserUser } from './browserUser.ts'

/** The sound of a microphone: words, digital silence, or a fan. */
export type FakeSound = 'speech' | 'silence' | 'noise'

declare global {
  interface Window {
    /** Sets the sound of the microphone. */
    setFakeSound(sound: FakeSound): void
  }
}

/**
 * Runs before the page's own scripts: each microphone of the page delivers a sound that the test chooses, at first
 * silence. Speech is a tone of 0.7 s in each second, as a word and a pause.
 */
export const fakeSoundScript = `{
  const audio = new AudioContext()
  const gains = {}
  const output = audio.createMediaStreamDestination()
  const add = (sound, amplitudeAt) => {
    const buffer = audio.createBuffer(1, audio.sampleRate, audio.sampleRate)
    const samples = buffer.getChannelData(0)
    for (let index = 0; index < samples.length; index++) samples[index] = amplitudeAt(index / audio.sampleRate)
    const source = new AudioBufferSourceNode(audio, { buffer, loop: true })
    gains[sound] = new GainNode(audio, { gain: 0 })
    source.connect(gains[sound]).connect(output)
    source.start()
  }
  add('speech', (seconds) => (seconds < 0.7 ? 0.3 * Math.sin(2 * Math.PI * 200 * seconds) : 0))
  add('noise', () => 0.1 * (Math.random() - 0.5))
  window.setFakeSound = (sound) => {
    for (const [name, { gain }] of Object.entries(gains)) gain.value = name === sound ? 1 : 0
  }
  const devices = navigator.mediaDevices
  const ask = devices.getUserMedia.bind(devices)
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted)
    for (const track of stream.getAudioTracks()) {
      const settings = track.getSettings()
      stream.removeTrack(track)
      track.stop()
      const fake = output.stream.getAudioTracks()[0].clone()
      // The page looks for the device in the list of devices.
      fake.getSettings = () => settings
      stream.addTrack(fake)
    }
    void audio.resume()
    return stream
  }
}`

/** Sets the sound of a user's microphone. The page needs `fakeSoundScript`. */
export const setFakeSound = (user: BrowserUser, sound: FakeSound): Promise<void> =>
  user.tab.run((which: FakeSound) => window.setFakeSound(which), sound)
