import { afterEach, describe, expect, test } from 'vitest'
import { createActor, fromCallback } from 'xstate'
import { readMediaState, onMediaStateChange } from '../../../client/media/mediaState.ts'
import { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import type { CaptureEvent, CaptureInput, CaptureCommand } from '../../../machines/media/deviceEvents.ts'
import type { DeviceKind } from '../../../machines/protocol/vocabulary.ts'

const open = fromCallback<CaptureCommand, CaptureInput, CaptureEvent>(({ sendBack }) =>
  sendBack({ type: 'device.opened', deviceId: 'x', label: 'x', preferredProblem: null }),
)
const deviceOf = (kind: DeviceKind) =>
  createActor(deviceMachine.provide({ actors: { capture: open } }), { input: { kind, selectedDeviceId: null } }).start()
const start = () => ({ microphone: deviceOf('microphone'), camera: deviceOf('camera'), screen: deviceOf('screen') })

let devices = start()
afterEach(() => {
  devices = start()
})

test('the media state contains live devices, and the microphone only if unmuted', () => {
  expect(readMediaState(devices)).toEqual({ microphone: false, camera: false, screen: false })
  for (const each of [devices.microphone, devices.camera, devices.screen]) each.send({ type: 'user.switchedOn' })
  expect(readMediaState(devices)).toEqual({ microphone: true, camera: true, screen: true })
  devices.microphone.send({ type: 'user.muted' })
  devices.screen.send({ type: 'user.switchedOff' })
  expect(readMediaState(devices)).toEqual({ microphone: false, camera: true, screen: false })
})

describe('onMediaStateChange', () => {
  test('each change calls the listener once', () => {
    let changes = 0
    onMediaStateChange(devices, () => {
      changes += 1
    })
    devices.microphone.send({ type: 'user.switchedOn' })
    devices.microphone.send({ type: 'user.switchedOn' })
    expect(changes).toBe(1)
    devices.microphone.send({ type: 'user.muted' })
    expect(changes).toBe(2)
  })

  test('the listener is not called after the stop function', () => {
    let changes = 0
    onMediaStateChange(devices, () => {
      changes += 1
    })()
    devices.camera.send({ type: 'user.switchedOn' })
    expect(changes).toBe(0)
  })
})
