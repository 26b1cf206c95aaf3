/** Five proquints, as client/ui/roomNameGenerator.ts encodes them. */
const generatedName =
  /^[bdfghjklmnprstvz](?:[aiou][bdfghjklmnprstvz]){2}(?:-[bdfghjklmnprstvz](?:[aiou][bdfghjklmnprstvz]){2}){4}$/

/** Returns true for a name of the form that `generateRoomName` returns. A person can guess any other name. */
export const isGeneratedRoomName = (room: string): boolean => generatedName.test(room)
