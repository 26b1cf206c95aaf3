/** An attribute with an undecoded value. */
export interface RawAttribute {
  readonly type: number
  /** Start of the attribute's header in the packet, in bytes. */
  readonly offset: number
  readonly value: Uint8Array
}
