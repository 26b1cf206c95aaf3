import type { z } from 'zod'
import { isAllowedCandidate } from '../../machines/protocol/iceCandidate.ts'
import { limits } from '../../machines/protocol/limits.ts'
import type { sendInput } from '../../machines/protocol/messages.ts'
import { canonicalRoomName, isRoomName } from '../../machines/protocol/roomName.ts'

type SendInput = z.infer<typeof sendInput>

/** As in machines/protocol/messages.ts. */
const connection = /^[ab]\d{1,15}\.\d{1,9}$/
const maxSequenceNumber = 1_000_000_000

/**
 * Recognizes the input of a `room.send` with a candidate, in the form that every page sends. Most messages of a call are
 * candidates, and the schema took 6 % of the CPU of a relayed message. test/server/api/plainCandidate.test.ts proves
 * that the schema accepts every such input and returns it unchanged.
 * @param input parsed JSON
 * @returns false for any other input, which the schema has to parse
 */
export function isPlainCandidate(input: unknown): input is SendInput {
  if (!hasKeys(input, 3)) return false
  const { room, seq, message } = input
  return (
    typeof room === 'string' &&
    room.length <= limits.roomNameCharacters &&
    canonicalRoomName(room) === room &&
    isRoomName(room) &&
    isIntegerIn(seq, 1, maxSequenceNumber) &&
    hasKeys(message, 3) &&
    message.type === 'candidate' &&
    typeof message.connection === 'string' &&
    connection.test(message.connection) &&
    isCandidate(message.candidate)
  )
}

function isCandidate(value: unknown): boolean {
  if (!hasKeys(value, 4)) return false
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = value
  return (
    typeof candidate === 'string' &&
    candidate.length <= limits.candidateCharacters &&
    (candidate === '' || isAllowedCandidate(candidate)) &&
    isNullOrText(sdpMid, 64) &&
    (sdpMLineIndex === null || isIntegerIn(sdpMLineIndex, 0, 255)) &&
    isNullOrText(usernameFragment, 256)
  )
}

/** True for an object with this number of keys. The caller checks a value of each of its keys. */
function hasKeys(value: unknown, count: number): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let left = count
  for (const _ in value) left--
  return left === 0
}

const isIntegerIn = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max

const isNullOrText = (value: unknown, maxCharacters: number): boolean =>
  value === null || (typeof value === 'string' && value.length <= maxCharacters)
