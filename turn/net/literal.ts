import type { SocketOptions } from 'node:dgram'
import { familyOf } from '../stun/ip.ts'

/** Every address we send to is one already: the resolver would cost a third of the speed. */
export const literal: NonNullable<SocketOptions['lookup']> = (ip, _options, done) => done(null, ip, familyOf(ip))
