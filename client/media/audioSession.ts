interface AudioSession {
  type: 'auto' | 'play-and-record'
}

/**
 * Tells the system that this page plays and records (Audio Session API, Safari 16.4). A silent switch then does not
 * mute the call, and other audio waits. Returns the function that ends it.
 */
export function startAudioSession(
  session: AudioSession | null = (navigator as { audioSession?: AudioSession }).audioSession ?? null,
): () => void {
  if (!session) return () => undefined
  session.type = 'play-and-record'
  return () => {
    session.type = 'auto'
  }
}
