import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RenderQueue } from '../../../client/app/renderQueue.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const rendered: string[] = []
beforeEach(() => void rendered.splice(0))

const schedule = (queue: RenderQueue, name: string): (() => void) => queue.schedule(() => rendered.push(name))

test('updates run in the next task, in order, and a cancelled one does not', () => {
  const queue = new RenderQueue()
  schedule(queue, 'one')
  const cancel = schedule(queue, 'cancelled')
  schedule(queue, 'two')
  cancel()
  expect(rendered).toEqual([])
  vi.advanceTimersToNextTimer()
  expect(rendered).toEqual(['one', 'two'])
})

test('updates that came before and during a hold run after its end', () => {
  const queue = new RenderQueue()
  schedule(queue, 'before')
  queue.hold(300)
  schedule(queue, 'during')
  vi.advanceTimersByTime(100)
  expect(rendered).toEqual([])
  queue.release()
  expect(rendered).toEqual([])
  vi.advanceTimersToNextTimer()
  expect(rendered).toEqual(['before', 'during'])
})

test('a hold ends by itself, so a page whose setup takes long is not frozen', () => {
  const queue = new RenderQueue()
  queue.hold(300)
  schedule(queue, 'screen')
  vi.advanceTimersByTime(200)
  queue.hold(300)
  vi.advanceTimersByTime(100)
  vi.advanceTimersToNextTimer()
  expect(rendered).toEqual(['screen'])
  schedule(queue, 'next')
  vi.advanceTimersToNextTimer()
  expect(rendered).toEqual(['screen', 'next'])
})

test('an update that schedules another one renders it in a later task', () => {
  const queue = new RenderQueue()
  queue.schedule(() => {
    rendered.push('one')
    schedule(queue, 'next')
  })
  vi.advanceTimersToNextTimer()
  expect(rendered).toEqual(['one'])
  vi.advanceTimersToNextTimer()
  expect(rendered).toEqual(['one', 'next'])
})
