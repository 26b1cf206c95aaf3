import { FrameClient } from '../server/frameClient.ts'
import type { ServerFixture } from '../server/serverFixture.ts'
import { newJoinKey } from '../server/testClient.ts'

/** Joins a room with frames only, and reads `joined`. The caller then decides what to read. */
export async function joinByFrames(
  { server }: Pick<ServerFixture, 'server'>,
  room: string,
): Promise<{ token: string; client: FrameClient }> {
  const client = await FrameClient.open(server.url)
  client.send(
    JSON.stringify({
      id: 1,
      method: 'subscription',
      params: { path: 'room.join', input: { room, joinKey: newJoinKey() } },
    }),
  )
  await client.next()
  const { token } = ((await client.nextJson()).result!.data as { data: { token: string } }).data
  return { token, client }
}
