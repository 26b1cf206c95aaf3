/** An attribute whose value is not decoded yet. */
export interface RawAttribute {
  readonly type: number
  /** Where its own header starts in the packet. */
  readonly offset: number
  readonly value: Uint8Array
}
