/** The hints and push to talk, whose code loads after the lobby. The properties are reactive. */
export interface AudioTools {
  /** The hint about the microphone to show; null without one. */
  readonly hint: 'muted' | 'silent' | null
  /** Closes the hint. */
  dismissHint(): void
  /** True if the page listens to a muted microphone for the hint. A change is stored. */
  isMutedHintOn: boolean
  /** True if a held key unmutes. A change is stored. */
  isPushToTalkOn: boolean
  /** True while the key or the button to talk is held. */
  readonly isTalking: boolean
  /** The button to talk is pressed. */
  press(): void
  /** The button to talk is released. */
  release(): void
}
