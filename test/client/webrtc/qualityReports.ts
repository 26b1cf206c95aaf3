/** Two reports each, one second apart, of a call between Chromium and Firefox on one computer: what they say of streams and of pairs in use, and what is read of it. */

export const reports = {
  chromium: [
    [
      { id: 's1', timestamp: 0, type: 'candidate-pair', availableOutgoingBitrate: 5126153, bytesReceived: 308125, bytesSent: 325974, currentRoundTripTime: 0.001, packetsReceived: 546, packetsSent: 523 },
      { id: 's2', timestamp: 0, type: 'candidate-pair', bytesReceived: 211977, bytesSent: 179344, currentRoundTripTime: 0.001, packetsReceived: 455, packetsSent: 379 },
      { id: 's3', timestamp: 0, type: 'inbound-rtp', kind: 'audio', jitter: 0.005, packetsLost: 0, packetsReceived: 319, bytesReceived: 25707 },
      { id: 's4', timestamp: 0, type: 'inbound-rtp', kind: 'video', jitter: 0.003, packetsLost: 0, packetsReceived: 538, bytesReceived: 451783, framesDecoded: 192, freezeCount: 0, totalFreezesDuration: 0 },
      { id: 's5', timestamp: 0, type: 'outbound-rtp', kind: 'audio', bytesSent: 38774, packetsSent: 320 },
      { id: 's6', timestamp: 0, type: 'outbound-rtp', kind: 'video', bytesSent: 426401, packetsSent: 457, qualityLimitationReason: 'none' },
      { id: 's7', timestamp: -3994, type: 'remote-inbound-rtp', kind: 'audio', jitter: 0.005166, packetsLost: 0, fractionLost: 0, localId: 's5', roundTripTime: 0.001205 },
      { id: 's8', timestamp: -522, type: 'remote-inbound-rtp', kind: 'video', jitter: 0.006288, packetsLost: 0, fractionLost: 0, localId: 's6', roundTripTime: 0.002151 },
      { id: 's9', timestamp: 0, type: 'transport', bytesReceived: 520102, bytesSent: 505318, packetsReceived: 1001, packetsSent: 902, selectedCandidatePairId: 's1' },
    ],
    [
      { id: 's1', timestamp: 1010, type: 'candidate-pair', availableOutgoingBitrate: 5126153, bytesReceived: 418729, bytesSent: 425229, currentRoundTripTime: 0.001, packetsReceived: 723, packetsSent: 682 },
      { id: 's2', timestamp: 1010, type: 'candidate-pair', bytesReceived: 211977, bytesSent: 179344, currentRoundTripTime: 0.001, packetsReceived: 455, packetsSent: 379 },
      { id: 's3', timestamp: 1010, type: 'inbound-rtp', kind: 'audio', jitter: 0.006, packetsLost: 0, packetsReceived: 370, bytesReceived: 29838 },
      { id: 's4', timestamp: 1010, type: 'inbound-rtp', kind: 'video', jitter: 0.002, packetsLost: 0, packetsReceived: 639, bytesReceived: 551394, framesDecoded: 222, freezeCount: 0, totalFreezesDuration: 0 },
      { id: 's5', timestamp: 1010, type: 'outbound-rtp', kind: 'audio', bytesSent: 44728, packetsSent: 371 },
      { id: 's6', timestamp: 1010, type: 'outbound-rtp', kind: 'video', bytesSent: 513935, packetsSent: 545, qualityLimitationReason: 'none' },
      { id: 's7', timestamp: 38, type: 'remote-inbound-rtp', kind: 'audio', jitter: 0.001875, packetsLost: 0, fractionLost: 0, localId: 's5', roundTripTime: 0.013153 },
      { id: 's8', timestamp: 755, type: 'remote-inbound-rtp', kind: 'video', jitter: 0.004744, packetsLost: 0, fractionLost: 0, localId: 's6', roundTripTime: 0.004837 },
      { id: 's9', timestamp: 1010, type: 'transport', bytesReceived: 630706, bytesSent: 604573, packetsReceived: 1178, packetsSent: 1061, selectedCandidatePairId: 's1' },
    ],
  ],
  firefox: [
    [
      { id: 's1', timestamp: 0, type: 'inbound-rtp', kind: 'audio', jitter: 0.003, packetsLost: 0, packetsReceived: 371, bytesReceived: 44728 },
      { id: 's2', timestamp: 0, type: 'inbound-rtp', kind: 'video', jitter: 0.004933, packetsLost: 0, packetsReceived: 491, bytesReceived: 487349, framesDecoded: 126, freezeCount: 0, totalFreezesDuration: 0 },
      { id: 's3', timestamp: 0, type: 'outbound-rtp', kind: 'audio', bytesSent: 29838, packetsSent: 370 },
      { id: 's4', timestamp: 0, type: 'outbound-rtp', kind: 'video', bytesSent: 551394, packetsSent: 639 },
      { id: 's5', timestamp: -2023, type: 'remote-inbound-rtp', kind: 'audio', jitter: 0.005583, packetsLost: 0, packetsReceived: 269, fractionLost: 0, localId: 's3', roundTripTime: 0.001678 },
      { id: 's6', timestamp: -806, type: 'remote-inbound-rtp', kind: 'video', jitter: 0.003033, packetsLost: 0, packetsReceived: 524, fractionLost: 0, localId: 's4', roundTripTime: 0.003754 },
      { id: 's7', timestamp: -1, type: 'candidate-pair', bytesReceived: 425229, bytesSent: 418729, currentRoundTripTime: 0.002, selected: true },
      { id: 's8', timestamp: -1, type: 'candidate-pair', bytesReceived: 179344, bytesSent: 211977, currentRoundTripTime: 0.016, selected: false },
      { id: 's9', timestamp: -1, type: 'transport', selectedCandidatePairId: 's7' },
    ],
    [
      { id: 's1', timestamp: 1015, type: 'inbound-rtp', kind: 'audio', jitter: 0.004, packetsLost: 0, packetsReceived: 422, bytesReceived: 50702 },
      { id: 's2', timestamp: 1015, type: 'inbound-rtp', kind: 'video', jitter: 0.004733, packetsLost: 0, packetsReceived: 579, bytesReceived: 574781, framesDecoded: 146, freezeCount: 0, totalFreezesDuration: 0 },
      { id: 's3', timestamp: 1015, type: 'outbound-rtp', kind: 'audio', bytesSent: 34050, packetsSent: 422 },
      { id: 's4', timestamp: 1015, type: 'outbound-rtp', kind: 'video', bytesSent: 655260, packetsSent: 747 },
      { id: 's5', timestamp: -2023, type: 'remote-inbound-rtp', kind: 'audio', jitter: 0.005583, packetsLost: 0, packetsReceived: 269, fractionLost: 0, localId: 's3', roundTripTime: 0.001678 },
      { id: 's6', timestamp: 613, type: 'remote-inbound-rtp', kind: 'video', jitter: 0.002456, packetsLost: 0, packetsReceived: 669, fractionLost: 0, localId: 's4', roundTripTime: 0.011902 },
      { id: 's7', timestamp: 1015, type: 'candidate-pair', bytesReceived: 524389, bytesSent: 533829, currentRoundTripTime: 0, selected: true },
      { id: 's8', timestamp: 1015, type: 'candidate-pair', bytesReceived: 179344, bytesSent: 211977, currentRoundTripTime: 0.016, selected: false },
      { id: 's9', timestamp: 1015, type: 'transport', selectedCandidatePairId: 's7' },
    ],
  ],
}
