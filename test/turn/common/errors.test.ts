import { expect, test } from 'vitest'
import { deserializeError, serializeError, serializeFields, deserializeFields } from '../../../turn/common/errors.ts'

const cause = Object.assign(new Error('address in use'), { code: 'EADDRINUSE' })
const error = new RangeError('cannot listen', { cause })

test('serializeError keeps type, message, code, stack and cause', () => {
  const line = JSON.parse(JSON.stringify(serializeFields({ err: error, ip: '::1' }))) as object
  expect(line).toEqual({
    ip: '::1',
    err: {
      type: 'RangeError',
      message: 'cannot listen',
      stack: expect.stringContaining('errors.test.ts') as string,
      cause: { type: 'Error', message: 'address in use', code: 'EADDRINUSE', stack: expect.any(String) as string },
    },
  })
})

test('an error survives the transfer between threads', () => {
  const revived = deserializeFields(structuredClone(serializeFields({ err: error, count: 3 }))) as {
    err: Error
    count: number
  }
  expect(revived.err).toBeInstanceOf(Error)
  expect(revived).toMatchObject({
    count: 3,
    err: {
      name: 'RangeError',
      message: 'cannot listen',
      stack: error.stack,
      cause: { code: 'EADDRINUSE', message: 'address in use' },
    },
  })
  expect(deserializeError(serializeError(cause))).toMatchObject({ code: 'EADDRINUSE' })
})

test('serializeError handles an error that is its own cause', () => {
  const circle = new Error('round')
  circle.cause = circle
  expect(JSON.stringify(serializeError(circle))).toContain('"round"')
})
