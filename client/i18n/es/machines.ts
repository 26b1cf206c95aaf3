import type { AllDescriptions } from '../machineDescriptions.ts'

export const machines: AllDescriptions = {
  room: {
    about: 'Los dos lugares de una sala y sus ocupantes. El servidor la ejecuta.',
    states: {
      empty: 'Ambos lugares están libres. El servidor elimina la sala.',
      created: 'Un lugar está ocupado. Su ocupante espera, y quizá dejó una oferta para el otro lugar.',
      ready: 'Ambos lugares están ocupados. El servidor avisó a los dos ocupantes, y estos negocian.',
      full: 'Ambos ocupantes informaron de que el audio y el video fluyen: la llamada está establecida.',
    },
    events: {
      'visitor.joined': 'Un visitante sin lugar solicita uno.',
      'holder.resumed': 'Un ocupante vuelve a su lugar con su token, y recibe un token y una época nuevos.',
      'holder.restored':
        'Después de que el servidor perdió sus salas, un ocupante vuelve con un token firmado y recupera su lugar.',
      'visitor.asked': 'Un visitante en la puerta pide permiso para entrar, o se ha reconectado.',
      'visitor.withdrew': 'El visitante canceló la solicitud o salió del vestíbulo.',
      'visitor.disconnected':
        'El socket del visitante se cerró. Un visitante que pide permiso conserva la puerta durante un breve periodo de gracia.',
      'visitor.admitted':
        'El ocupante que espera acepta al visitante, que puede tomar el lugar libre durante 30 segundos.',
      'visitor.declined': 'El ocupante que espera rechaza al visitante, que podrá pedirlo de nuevo más tarde.',
      'preparation.requested': 'Un visitante en el vestíbulo y el ocupante que espera preparan una conexión.',
      'preparation.ended': 'El visitante o el ocupante puso fin a la preparación.',
      'policy.changed':
        'Un ocupante eligió otra regla. Un visitante en la puerta tiene que pedirlo otra vez, o puede entrar.',
      'socket.closed': 'El socket del ocupante se cerró. El lugar se conserva durante un periodo de gracia.',
      'page.closing': 'La página del ocupante anunció que se cierra, por lo que el periodo de gracia es más corto.',
      'holder.left': 'El ocupante liberó su lugar.',
      'media.started': 'Un ocupante informa de que llega audio o video.',
      'media.stopped': 'Un ocupante informa de que ya no llega audio ni video.',
      'time.passed':
        'Un pulso del reloj del servidor: los lugares y la puerta se liberan tras su periodo de gracia, y las reservas terminan.',
    },
  },
  membership: {
    about: 'La participación del usuario en una sala: vestíbulo, entrada, presencia, salida.',
    states: {
      lobby:
        'El usuario está en el vestíbulo, con una vista previa y el botón «Entrar». La otra persona todavía no puede verlo ni oírlo.',
      'lobby.alone': 'Que se sepa, no hay nadie más en la sala.',
      'lobby.atDoor': 'Hay alguien en la sala. La regla decide si el usuario puede entrar o tiene que pedir permiso.',
      'lobby.asking': 'El usuario pidió permiso para entrar a la persona que espera.',
      'lobby.declined': 'La persona que espera lo rechazó. El usuario podrá pedirlo de nuevo dentro de un rato.',
      joining: 'La página solicita un lugar al servidor.',
      joined: 'La página tiene un lugar.',
      'joined.online': 'La señalización está conectada.',
      'joined.offline': 'La señalización se reconecta. La llamada no la necesita.',
      'joined.withoutSeat':
        'El servidor rechazó el lugar mientras la llamada continúa. Un código de error indica el motivo.',
      'joined.withoutSeat.waiting': 'La página espera antes de volver a solicitar un lugar.',
      'joined.withoutSeat.requesting': 'La página solicita un lugar.',
      left: 'La página ya no tiene lugar.',
      'left.byUser': 'El usuario colgó, o canceló mientras entraba.',
      'left.byPeer': 'El otro extremo colgó o se fue, así que la llamada terminó. El usuario puede volver a llamar.',
      'left.rejected':
        'El servidor rechazó la entrada, o se perdió el lugar. Un código de error indica el motivo. Si la sala está llena, la página toma el lugar de otra pestaña.',
      'left.replaced': 'Otra pestaña o ventana tomó el lugar.',
    },
    events: {
      'user.joined': 'El usuario pulsó «Entrar».',
      'user.asked': 'El usuario pide permiso para entrar a la persona que espera.',
      'user.withdrew': 'El usuario canceló su solicitud para entrar.',
      'visit.updated':
        'El servidor envió la sala tal como la ve un visitante, y el estado de la solicitud para entrar.',
      'peer.admitted': 'La persona que espera aceptó a este visitante por la conexión preparada.',
      'visit.rejected': 'El servidor rechazó la visita con un código.',
      'door.changed': 'Cambió la regla de la sala o el visitante que está en la puerta.',
      'user.hungUp': 'El usuario colgó, o canceló mientras entraba.',
      'user.rejoined': 'El usuario pidió volver a entrar.',
      'page.reloaded': 'La página se recargó mientras tenía un lugar.',
      'join.accepted': 'El servidor dio un lugar a la página, o le devolvió el suyo.',
      'join.rejected': 'El servidor rechazó la entrada con un código. Una llamada en curso no necesita lugar.',
      'seat.replaced': 'Otra pestaña o ventana tomó el lugar.',
      'signaling.lost': 'Se perdió la conexión de señalización.',
      'room.ready': 'Ambos lugares de la sala están ocupados.',
      'room.full': 'Ambos ocupantes informaron de que el audio y el video fluyen.',
      'peer.disconnected': 'El socket del otro extremo se cerró. Su lugar se conserva.',
      'peer.reconnected': 'La señalización del otro extremo está conectada de nuevo.',
      'peer.left': 'El lugar del otro extremo está libre.',
      'call.ended':
        'La llamada terminó. Una página sin lugar se va, y también una página cuyo otro extremo colgó o se fue.',
      'after.askAgain': 'El usuario puede pedirlo de nuevo.',
      'after.rejoinInterval': 'Después de 15 segundos, la página vuelve a solicitar un lugar.',
    },
  },
  signaling: {
    about: 'La conexión de señalización: un solo WebSocket a la vez, y la solicitud de entrada que se envía por él.',
    states: {
      idle: 'No hay socket, y no se necesita ninguno.',
      connecting: 'Se está abriendo un socket.',
      connected: 'El socket está abierto.',
      'connected.idle': 'No se solicita ningún lugar: el usuario está en el vestíbulo, o se fue.',
      'connected.joining': 'La página solicita un lugar.',
      'connected.joined': 'La página tiene un lugar y recibe los eventos de su buzón.',
      backoff: 'La página espera antes del próximo intento.',
    },
    events: {
      'page.opened': 'La página se cargó y necesita una conexión.',
      'page.closing': 'La página se cierra, quizá para recargarse. Avisa al servidor.',
      'network.changed':
        'Quizá cambió la red, o el dispositivo estuvo en suspensión. La espera termina, y se sondea un socket abierto.',
      'join.requested': 'La participación solicita un lugar: uno nuevo, o el suyo otra vez.',
      'visit.requested':
        'La participación necesita el estado de la sala para el vestíbulo, y quizá pide permiso para entrar.',
      'visitor.answered': 'El usuario acepta o rechaza al visitante que está en la puerta.',
      'preparation.stepped': 'La preparación solicita un intento, hace una oferta, responde o le pone fin.',
      'policy.selected': 'El usuario eligió otra regla para la sala.',
      'visit.updated': 'El servidor envió la sala tal como la muestra el vestíbulo.',
      'visit.rejected': 'El servidor rechazó la visita con un código.',
      'seat.released': 'La participación libera el lugar.',
      'seat.relinquished': 'Otra página tiene el lugar, por lo que esta página no envía nada más.',
      'media.reported': 'La llamada informa de si llega audio o video.',
      'signaling.suspected': 'No llega audio ni video del otro extremo, por lo que se sondea un socket abierto.',
      'signaling.alive': 'El servidor respondió al sondeo.',
      'socket.opened': 'El socket se abrió.',
      'socket.closed': 'El socket se cerró, agotó su tiempo de espera o fue rechazado.',
      'join.accepted': 'El servidor dio un lugar a la página.',
      'event.received': 'Llegó un evento del buzón del lugar.',
      'join.rejected': 'El servidor rechazó la entrada con un código.',
      'leave.acknowledged': 'El servidor liberó el lugar.',
      'drain.due': 'El servidor se apaga, por lo que la página se reconecta ahora.',
      'after.openTimeout':
        'En ocho segundos, el socket no se abrió, o la entrada quedó sin respuesta. La página vuelve a intentarlo.',
      'after.stableAfter': 'La conexión fue estable durante cinco segundos, por lo que la espera se reinicia.',
      'after.backoff': 'Terminó la espera entre dos intentos.',
      always: 'Se necesita un lugar, por lo que la página lo solicita.',
    },
  },
  call: {
    about: 'Un extremo de una llamada: «perfect negotiation», en el papel que asignó el servidor.',
    states: {
      idle: 'No hay llamada: la página no tiene lugar.',
      offering: 'Esta página hace la oferta.',
      'offering.creatingOffer': 'Una conexión nueva crea su oferta.',
      'offering.waitingForPeer': 'El otro extremo aún no ha entrado. La oferta espera en el buzón del otro lugar.',
      'offering.awaitingAnswer': 'El otro extremo tiene la oferta. La página espera la respuesta.',
      'offering.connecting': 'Llegó la respuesta, e ICE se conecta.',
      answering: 'El otro extremo llegó primero a la sala, así que hace la oferta.',
      'answering.awaitingOffer': 'La página espera la oferta del otro extremo.',
      'answering.creatingAnswer': 'Llegó la oferta del otro extremo, y se está creando la respuesta.',
      'answering.connecting': 'La respuesta se envió, e ICE se conecta.',
      connected: 'El transporte está conectado, o lo estaba hace un momento.',
      'connected.flowing': 'Llega audio o video del otro extremo.',
      'connected.flowing.stable': 'No hay ninguna negociación pendiente.',
      'connected.flowing.prepared':
        'Las dos páginas se conectaron por retransmisión antes de que entrara esta página, o la del otro extremo.',
      'connected.flowing.renegotiating':
        'Las pistas locales cambiaron y necesitan una negociación. La página espera la respuesta.',
      'connected.stalled':
        'No llega audio ni video. El transporte puede recuperarse; si no, sigue un reinicio de ICE en cuanto se permita.',
      'connected.restartingIce': 'ICE se reinicia: nuevas credenciales y candidatos para la misma conexión.',
      'connected.recreating': 'Una conexión nueva de esta página reemplaza a la anterior.',
      'connected.remoteRestart':
        'El otro extremo reinicia ICE o reemplaza la conexión, o lo hará porque su página se recargó.',
      unauthenticatedPeer:
        'Una página sin prueba de continuidad hace una oferta o responde. No se le envía nada, ni se muestra nada de ella, hasta que el usuario decida.',
      hangup: 'La llamada terminó. Se anota el motivo.',
    },
    events: {
      'join.accepted': 'El servidor asignó un lugar y un papel, e informó de si el otro extremo está presente.',
      'seat.lost': 'Otra pestaña tiene el lugar, o el servidor ya no lo conoce.',
      'peer.joined': 'Otro extremo tomó el otro lugar.',
      'peer.disconnected': 'El socket del otro extremo se cerró. Su lugar se conserva.',
      'peer.reconnected': 'La señalización del otro extremo está conectada de nuevo.',
      'peer.left': 'El lugar del otro extremo está libre.',
      'messages.lost': 'Se perdieron mensajes del otro extremo, por lo que ambos lados vuelven a negociar.',
      'signaling.lost': 'Se perdió la conexión de señalización. Los mensajes quedan en cola.',
      'signaling.alive': 'El servidor respondió a un sondeo de la señalización sospechosa.',
      'network.changed':
        'El navegador informa de que quizá cambiaron las direcciones, o el dispositivo estuvo en suspensión.',
      'offer.received': 'El otro extremo ofrece una conexión nueva, o una negociación de la actual.',
      'answer.received': 'El otro extremo responde a una oferta.',
      'candidate.received': 'El otro extremo envió un candidato ICE.',
      'unauthenticatedOffer.received':
        'Una página sin prueba de continuidad ofrece una conexión. Mientras llegue audio o video, la llamada no se ve afectada.',
      'unauthenticatedAnswer.received':
        'Una página sin prueba de continuidad responde. Mientras llegue audio o video, la llamada no se ve afectada.',
      'hangup.received': 'El otro extremo colgó, a través del servidor o por el canal de datos.',
      'offer.created': 'El navegador creó la oferta.',
      'answer.created': 'El navegador creó la respuesta.',
      'candidate.gathered': 'El navegador encontró un candidato ICE local.',
      'negotiation.needed': 'Las pistas locales cambiaron de un modo que necesita una negociación.',
      'offer.stale': 'Las pistas locales cambiaron antes de que respondiera otro extremo.',
      'transport.connected': 'El transporte hacia el otro extremo está conectado.',
      'transport.disconnected': 'Desde hace un momento no llega audio, video ni latido.',
      'transport.failed': 'El transporte falló, o nunca se conectó. No se recupera sin un reinicio.',
      'media.started': 'Llega audio o video del otro extremo.',
      'connection.failed':
        'La conexión con el otro extremo falló: se rechazó una descripción, falló DTLS, o el navegador la cerró.',
      'user.hungUp': 'El usuario colgó, y la participación sale de la sala.',
      'user.retried': 'El usuario pidió la llamada otra vez.',
      'user.acceptedPeer': 'El usuario continúa con el extremo no autenticado.',
      'recovery.timedOut': 'El transporte estuvo perdido 90 segundos, por lo que se pierde la llamada.',
      'restart.allowed':
        'Se permite otro reinicio: cinco segundos después del último, o medio segundo después de reconectarse la señalización.',
      'restart.budgetReset': 'Un minuto después del primer reinicio, todos los reinicios están disponibles otra vez.',
      'after.offerMaxAge':
        'Nadie entró en cuatro minutos. Las direcciones y credenciales caducan, por lo que la página crea una oferta nueva.',
      'after.answerTimeout': 'No llegó respuesta en 15 segundos, por lo que la página envía una oferta nueva.',
      'after.offerTimeout': 'La oferta esperada no llegó en 30 segundos, por lo que la página hace una.',
      'after.connectTimeout': 'El transporte no se conectó en 20 segundos, por lo que cuenta como fallido.',
      'after.maxRestartDelay':
        'El transporte no se recuperó: reiniciar ICE, o crear una conexión nueva después de dos reinicios fallidos. La señalización tiene que estar conectada, y el último reinicio tiene que ser de hace al menos cinco segundos. El lado descortés empieza de inmediato y el cortés, 1,5 segundos después, salvo que el transporte haya fallado. Tras volver a entrar, ambos esperan el buzón 0,5 segundos.',
      'after.decisionTimeout':
        'El usuario no decidió sobre el extremo no autenticado en 90 segundos, por lo que se pierde la llamada.',
      'after.restartTimeout':
        'El transporte no se reconectó en 15 segundos, por lo que el reinicio cuenta como fallido.',
      'after.directDelay':
        'Ya llegaron las primeras imágenes. El ocupante reinicia ICE para encontrar un par directo en lugar de la retransmisión.',
      always:
        'En «stalled», un transporte fallido termina la llamada. Si espera un extremo no autenticado, el usuario decide.',
    },
  },
  verification: {
    about: 'El código de seguridad. Dos usuarios que lo comparan saben que nadie intercepta su llamada.',
    states: {
      idle: 'No hay canal de datos con otro extremo.',
      active: 'El canal de datos está abierto, y hasta ahora no se encontró ningún problema.',
      'active.committing':
        'La página lee ambos certificados y calcula su compromiso. El del otro extremo puede llegar antes.',
      'active.committed':
        'La página envió su compromiso y espera el del otro extremo. Su propio nonce sigue en secreto.',
      'active.revealed': 'Ambos lados se comprometieron, y la página envió su nonce. Espera el nonce del otro extremo.',
      'active.checking': 'La página comprueba el nonce del otro extremo con el compromiso de este.',
      'active.comparable': 'El código se muestra. El usuario aún no lo ha comparado.',
      'active.verified': 'El usuario confirmó que los dos códigos son iguales.',
      'active.mismatched': 'El usuario informó de que los códigos no coinciden.',
      aborted: 'Esta conexión no tiene código. Se anota el motivo.',
    },
    events: {
      'channel.opened': 'El canal de datos se abrió, y se conocen ambos certificados.',
      'channel.closed': 'La conexión terminó, y con ella su código.',
      'commitment.created': 'El compromiso con el nonce y el certificado locales está listo para enviarse.',
      'peer.committed': 'El otro extremo envió su compromiso. Un segundo compromiso interrumpe el intercambio.',
      'peer.revealed':
        'El otro extremo envió su nonce. Si llega demasiado pronto, o dos veces, interrumpe el intercambio.',
      'peer.malformed': 'El otro extremo envió un valor que no tiene 32 bytes.',
      'code.derived': 'El nonce del otro extremo concuerda con su compromiso, y se calculó el código.',
      'commitment.mismatched':
        'El compromiso no concuerda con el nonce, el certificado, el papel, la sala o la conexión del otro extremo.',
      'certificate.changed': 'El certificado del otro extremo cambió, o los transportes terminan en más de uno.',
      'exchange.failed': 'Este navegador, o una página sin HTTPS, no permite el intercambio.',
      'user.confirmed': 'El usuario confirmó que los códigos coinciden.',
      'user.denied': 'El usuario informó de que los códigos no coinciden.',
      'after.verificationTimeout': 'El mensaje del otro extremo no llegó en 30 segundos.',
    },
  },
  device: {
    about: 'Un micrófono, una cámara o una pantalla compartida: si está en uso y, si no, por qué.',
    states: {
      off: 'No se captura nada, y la luz de la cámara está apagada.',
      requesting: 'El navegador abre el dispositivo, y quizá pide permiso al usuario.',
      live: 'El dispositivo está abierto.',
      'live.unmuted': 'La pista se envía.',
      'live.muted':
        'El usuario silenció el dispositivo: su pista está desactivada. El dispositivo sigue abierto, así que reactivarlo es instantáneo.',
      failed: 'El dispositivo no funciona. Se anota el problema.',
      suspended: 'El usuario se fue, o no tiene una llamada en la que compartir pantalla. Ninguna pista está activa.',
      'suspended.on': 'La próxima entrada solicita el dispositivo otra vez.',
      'suspended.off': 'La próxima entrada deja el dispositivo apagado.',
    },
    events: {
      'user.switchedOn': 'El usuario encendió el dispositivo.',
      'user.switchedOff': 'El usuario apagó el dispositivo.',
      'user.muted': 'El usuario silenció el dispositivo.',
      'user.unmuted': 'El usuario reactivó el dispositivo.',
      'user.retried': 'El usuario pulsó «Reintentar».',
      'user.dismissed': 'El usuario cerró el aviso sobre el problema.',
      'capture.allowed': 'El usuario vuelve a entrar o, para una pantalla, está en una llamada.',
      'capture.disallowed':
        'El usuario se fue, o la página está en la caché de avance y retroceso. Para una pantalla, terminó la llamada.',
      'device.selected': 'El usuario eligió otro dispositivo.',
      'devices.changed': 'Cambió la lista de dispositivos del navegador. Quizá contenga dispositivos nuevos.',
      'device.opened': 'El navegador abrió el dispositivo, o un sustituto.',
      'device.rejected': 'El navegador, el sistema o el usuario rechazó la solicitud.',
      'track.ended':
        'El dispositivo se desconectó, se retiró el permiso, o el usuario dejó de compartir desde la barra del navegador.',
      'silence.detected':
        'El micrófono solo dio silencio digital durante tres segundos. La página comprueba si sigue presente.',
      'track.stalled': 'La pista está activa, pero no dio nada durante tres segundos.',
      'track.muted':
        'La fuente dejó de dar audio o video: el sistema, o un interruptor del dispositivo, silenció la pista.',
      'track.unmuted': 'La fuente vuelve a dar audio o video.',
      'permission.granted': 'El usuario dio permiso en la configuración del navegador.',
      'permission.revoked': 'El usuario retiró el permiso en la configuración del navegador.',
      'after.deviceStableAfter':
        'El dispositivo funciona. El aviso sobre el sustituto termina, y la cuenta de fallos vuelve a cero.',
    },
  },
  statusBanner: {
    about: 'Qué problema de conexión ve el usuario, y durante cuánto tiempo.',
    states: {
      transport: 'El transporte de audio y video durante una llamada.',
      'transport.hidden': 'No hay nada que mostrar.',
      'transport.pending': 'No llega audio ni video, pero la interrupción es demasiado corta para mostrarla.',
      'transport.shown': 'El aviso dice que la llamada se está reconectando.',
      'transport.resolved': 'El audio o el video llega otra vez. El aviso se queda un momento.',
      peer: 'La página del otro extremo y su conexión de señalización.',
      'peer.hidden': 'No hay nada que mostrar.',
      'peer.pending': 'El otro extremo está desconectado, pero la interrupción es demasiado corta para mostrarla.',
      'peer.shown': 'El aviso dice que el otro extremo está desconectado.',
      'peer.pageClosed':
        'La página del otro extremo anunció que se cierra, por lo que el aviso se muestra de inmediato.',
      'peer.returning': 'La página del otro extremo volvió, pero todavía no llega audio ni video.',
      'peer.resolved': 'El otro extremo volvió. El aviso se queda un momento.',
      signaling: 'La conexión de esta página con el servidor.',
      'signaling.hidden': 'No hay nada que mostrar.',
      'signaling.pending': 'La señalización se perdió, pero la interrupción es demasiado corta para mostrarla.',
      'signaling.shown': 'El aviso dice que el servidor no responde.',
      'signaling.resolved': 'La señalización volvió. El aviso se queda un momento.',
    },
    events: {
      'transport.lost': 'El audio y el video del otro extremo dejaron de llegar.',
      'transport.restored': 'Llega audio o video del otro extremo.',
      'call.ended': 'La llamada terminó, por lo que un problema de transporte ya no importa.',
      'peer.disconnected':
        'El socket del otro extremo se cerró. El servidor informa de si su página lo había anunciado.',
      'peer.reconnected': 'La señalización del otro extremo está conectada de nuevo.',
      'peer.reloaded': 'El otro extremo recargó su página, lo que interrumpe la llamada.',
      'peer.left': 'El lugar del otro extremo está libre, por lo que no se muestra nada sobre él.',
      'signaling.lost': 'Se perdió la conexión de señalización.',
      'signaling.restored': 'La conexión de señalización volvió.',
      'after.transportBannerDelay': 'No llegó audio ni video durante 4,5 segundos, por lo que se muestra el aviso.',
      'after.peerBannerDelay': 'El otro extremo estuvo desconectado dos segundos, por lo que se muestra el aviso.',
      'after.signalingBannerDelay': 'La señalización estuvo perdida cuatro segundos, por lo que se muestra el aviso.',
      'after.peerReloadTimeout': 'La llamada no se interrumpió, o ahora se muestra el aviso del transporte.',
      'after.bannerMinTime': 'El aviso se mostró durante su tiempo mínimo.',
    },
  },
  quality: {
    about: 'La calidad de la conexión, en niveles que no oscilan.',
    states: {
      unknown: 'Hay muy pocas muestras.',
      good: 'El usuario no nota ningún problema.',
      fair: 'El usuario nota problemas de vez en cuando.',
      poor: 'Los problemas perturban la llamada. Un aviso explica al usuario la causa y un remedio.',
    },
    events: {
      'sample.taken':
        'Un segundo de mediciones: pérdidas en ambos sentidos, ida y vuelta, fluctuación, imágenes congeladas y subida.',
      'transport.lost': 'El transporte se perdió o la llamada terminó, por lo que las muestras ya no valen.',
      always: 'Tres muestras seguidas fueron peores, u ocho fueron claramente mejores. El primer nivel necesita tres.',
    },
  },
  preparation: {
    about: 'Una conexión que el ocupante y un visitante del vestíbulo establecen antes de que el visitante entre.',
    states: {
      idle: 'No hay ningún intento.',
      pausing: 'El visitante espera antes de solicitar un intento.',
      requested: 'El visitante solicitó un intento al servidor.',
      attempting: 'El servidor transmite las descripciones de este intento.',
      'attempting.connecting':
        'Las dos páginas intercambian una oferta y una respuesta, y se conectan por retransmisión.',
      'attempting.prepared': 'La conexión está lista y solo envía comprobaciones de consentimiento.',
      'attempting.claimed': 'El visitante entra. El audio y el video se envían mientras el servidor confirma el lugar.',
    },
    events: {
      'attempt.available': 'El visitante puede preparar una conexión con el ocupante que espera.',
      'attempt.unavailable': 'El intento terminó, y el visitante no puede tener otro ahora.',
      'attempt.started': 'El servidor inició un intento del ocupante y este visitante.',
      'offer.received': 'Llegó la oferta del ocupante.',
      'answer.received': 'Llegó la respuesta del visitante.',
      'seat.confirmed':
        'El visitante tiene un lugar. El servidor dice si la conexión preparada se convierte en la llamada.',
      'seat.rejected': 'El servidor rechazó la entrada, por lo que no se envía nada más.',
      'user.claimed': 'El usuario entra, o acepta al visitante.',
      'network.changed': 'Quizá cambió la red, por lo que la conexión se establece otra vez.',
      'page.hidden': 'La página del vestíbulo está oculta.',
      'page.shown': 'La página del vestíbulo vuelve a estar visible.',
      'page.timedOut': 'La página del vestíbulo estuvo oculta un minuto, por lo que la conexión se cierra.',
      'description.created': 'La oferta o la respuesta está completa, solo con candidatos de retransmisión.',
      'connection.opened': 'El canal de datos está abierto.',
      'connection.failed': 'La conexión falló, o no se pudo establecer.',
      'peer.claimed': 'El otro extremo entra, o acepta a este visitante. Lo comunicó por el canal de datos.',
      'after.pause': 'Terminó la pausa antes del próximo intento.',
      'after.prepareTimeout': 'El intento duró 15 segundos, por lo que ha fallado.',
      'after.preparedMaxAge':
        'Las credenciales TURN del visitante caducan pronto, por lo que establece la conexión otra vez.',
      'after.joinConfirmation':
        'El servidor no confirmó ningún lugar en cinco segundos, por lo que la conexión se cierra.',
      always: 'El visitante puede solicitar un intento, y su página está visible.',
    },
  },
  chat: {
    about: 'El chat de las dos personas, por un canal de datos propio.',
    states: {
      closed: 'No hay ningún canal. Los textos esperan.',
      greeting: 'El canal está disponible. Cada página dice qué textos tiene.',
      open: 'Los textos se envían al instante y se confirman cuando están guardados.',
      flooded:
        'El otro extremo envió demasiado, por lo que esta página cerró el canal. La próxima conexión tiene otro.',
    },
    events: {
      'channel.opened': 'El canal de chat de una conexión está disponible, y la otra página también tiene chat.',
      'channel.closed': 'El canal de chat terminó, solo o con su conexión.',
      'channel.flooded': 'El otro extremo envió más de lo que permite el límite del chat.',
      'hello.received': 'El otro extremo indicó su estancia y el texto más nuevo que tiene.',
      'text.received': 'Llegó un texto del otro extremo. Se muestra si es el siguiente.',
      'ack.received': 'El otro extremo guardó los textos hasta este número.',
      'user.sent': 'El usuario envió un texto. Aparece al instante y espera hasta que el otro extremo lo tenga.',
      'panel.shown': 'El usuario abrió el chat, por lo que sus textos están leídos.',
      'panel.hidden': 'El usuario cerró el chat, por lo que los textos nuevos quedan sin leer.',
      'chat.cleared':
        'El otro extremo puede ser ahora otra persona, o la visita terminó. El chat olvida todos los textos.',
    },
  },
}
