/** Texts about a peer whose name is known. */
export const named = {
  title: (name: string): string => `${name} · Duet`,
  video: (name: string): string => `${name}’s video`,
  screen: (name: string): string => `${name}’s screen`,
  cameraOff: (name: string): string => `${name}’s camera is off`,
  cameraOn: (name: string): string => `${name}’s camera is on`,
  microphoneOff: (name: string): string => `${name}’s microphone is off`,
  microphoneOn: (name: string): string => `${name}’s microphone is on`,
  connected: (name: string): string => `You’re connected to ${name}.`,
  screenShared: (name: string): string => `${name} is sharing their screen`,
  diagnosticsViewed: (name: string): string => `${name} is viewing this call’s diagnostics`,
  peerDisconnected: (name: string): string => `${name} is reconnecting…`,
  peerSignaling: (name: string): string => `${name} has lost contact with the server – your call continues.`,
  remote: (name: string): string => `${name} hung up`,
  left: (name: string): string => `${name} has left`,
}
