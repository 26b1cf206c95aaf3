import type { AnyStateMachine } from 'xstate'
import type { MachineName } from '../../../machines/protocol/traceEntry.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { statusBannerMachine } from '../../../machines/status/statusBannerMachine.ts'
import { qualityMachine } from '../../../machines/status/qualityMachine.ts'
import { chatMachine } from '../../../machines/chat/chatMachine.ts'
import { preparationMachine } from '../../../machines/preparation/preparationMachine.ts'
import { microphoneHintMachine } from '../../../machines/audio/microphoneHintMachine.ts'
import { pushToTalkMachine } from '../../../machines/audio/pushToTalkMachine.ts'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import { transferMachine } from '../../../machines/transfer/transferMachine.ts'
import { verificationMachine } from '../../../machines/verification/verificationMachine.ts'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'
import type { DiagramLayout } from './layout.ts'
import type { ChartGraph } from './edges.ts'

/** Machines with a diagram. */
export const chartedMachines = {
  room: roomMachine,
  membership: membershipMachine,
  signaling: signalingMachine,
  call: callMachine,
  verification: verificationMachine,
  device: deviceMachine,
  statusBanner: statusBannerMachine,
  quality: qualityMachine,
  preparation: preparationMachine,
  chat: chatMachine,
  transfer: transferMachine,
  microphoneHint: microphoneHintMachine,
  pushToTalk: pushToTalkMachine,
} as const satisfies Record<MachineName, AnyStateMachine>

/** Graph and layout of a diagram. */
export interface Drawing {
  graph: ChartGraph
  layout: DiagramLayout
}
export type Drawings = Record<MachineName, Drawing>
