import type { AllDescriptions } from '../machineDescriptions.ts'

export const machines: AllDescriptions = {
  room: {
    about: 'Die beiden Plätze eines Raums und ihre Inhaber. Der Server führt ihn.',
    states: {
      empty: 'Beide Plätze sind frei. Der Server löscht den Raum.',
      created:
        'Ein Platz ist besetzt. Sein Inhaber wartet und hat vielleicht ein Angebot für den anderen Platz hinterlegt.',
      ready: 'Beide Plätze sind besetzt. Der Server hat beide Inhaber benachrichtigt, und sie verhandeln.',
      full: 'Beide Inhaber haben gemeldet, dass Medien fließen: Der Anruf steht.',
    },
    events: {
      'visitor.joined': 'Ein Besucher ohne Platz verlangt einen.',
      'holder.resumed':
        'Ein Inhaber kehrt mit seinem Token auf seinen Platz zurück und bekommt ein neues Token und eine neue Epoche.',
      'holder.restored':
        'Nachdem der Server seine Räume verloren hat, kehrt ein Inhaber mit einem signierten Token zurück und bekommt seinen Platz wieder.',
      'visitor.asked': 'Ein Besucher an der Tür bittet um Einlass oder ist wieder verbunden.',
      'visitor.withdrew': 'Der Besucher hat die Bitte zurückgezogen oder die Lobby verlassen.',
      'visitor.disconnected':
        'Der Socket des Besuchers wurde geschlossen. Ein Besucher, der um Einlass bittet, behält die Tür für eine kurze Schonfrist.',
      'visitor.admitted':
        'Der wartende Inhaber lässt den Besucher ein. Der darf den freien Platz 30 Sekunden lang einnehmen.',
      'visitor.declined': 'Der wartende Inhaber weist den Besucher ab. Der darf später wieder bitten.',
      'preparation.requested': 'Ein Besucher in der Lobby und der wartende Inhaber bereiten eine Verbindung vor.',
      'preparation.ended': 'Der Besucher oder der Inhaber hat die Vorbereitung beendet.',
      'policy.changed':
        'Ein Inhaber hat eine andere Regel gewählt. Ein Besucher an der Tür muss neu bitten oder darf beitreten.',
      'socket.closed': 'Der Socket des Inhabers wurde geschlossen. Der Platz bleibt für eine Schonfrist reserviert.',
      'page.closing': 'Die Seite des Inhabers hat angekündigt, dass sie schließt. Darum ist die Schonfrist kürzer.',
      'holder.left': 'Der Inhaber hat seinen Platz freigegeben.',
      'media.started': 'Ein Inhaber meldet, dass Medien ankommen.',
      'media.stopped': 'Ein Inhaber meldet, dass keine Medien mehr ankommen.',
      'time.passed':
        'Ein Takt der Serveruhr: Plätze und Tür werden nach ihrer Schonfrist frei, und Reservierungen enden.',
    },
  },
  membership: {
    about: 'Die Mitgliedschaft des Benutzers in einem Raum: Lobby, Beitritt, beigetreten, gegangen.',
    states: {
      lobby:
        'Der Benutzer ist in der Lobby, mit Vorschau und dem Knopf „Beitreten“. Die andere Person sieht und hört ihn noch nicht.',
      'lobby.alone': 'Soweit bekannt, ist niemand sonst im Raum.',
      'lobby.atDoor': 'Jemand ist im Raum. Die Regel entscheidet, ob der Benutzer beitreten darf oder bitten muss.',
      'lobby.asking': 'Der Benutzer hat die wartende Person um Einlass gebeten.',
      'lobby.declined': 'Die wartende Person hat abgelehnt. Der Benutzer darf nach einer Weile wieder bitten.',
      joining: 'Die Seite verlangt vom Server einen Platz.',
      joined: 'Die Seite hat einen Platz.',
      'joined.online': 'Die Signalisierung ist verbunden.',
      'joined.offline': 'Die Signalisierung verbindet sich neu. Der Anruf braucht sie nicht.',
      'joined.withoutSeat':
        'Der Server hat den Platz abgelehnt, während der Anruf weitergeht. Ein Fehlercode nennt den Grund.',
      'joined.withoutSeat.waiting': 'Die Seite wartet, bevor sie wieder einen Platz verlangt.',
      'joined.withoutSeat.requesting': 'Die Seite verlangt einen Platz.',
      left: 'Die Seite hat keinen Platz mehr.',
      'left.byUser': 'Der Benutzer hat aufgelegt oder den Beitritt abgebrochen.',
      'left.byPeer':
        'Die Gegenseite hat aufgelegt oder ist gegangen, der Anruf ist also vorbei. Der Benutzer kann wieder anrufen.',
      'left.rejected':
        'Der Server hat den Beitritt abgelehnt, oder der Platz ist verloren. Ein Fehlercode nennt den Grund. Ist der Raum voll, übernimmt die Seite den Platz eines anderen Tabs.',
      'left.replaced': 'Ein anderer Tab oder ein anderes Fenster hat den Platz übernommen.',
    },
    events: {
      'user.joined': 'Der Benutzer hat „Beitreten“ gewählt.',
      'user.asked': 'Der Benutzer bittet die wartende Person um Einlass.',
      'user.withdrew': 'Der Benutzer hat die Bitte um Einlass zurückgezogen.',
      'visit.updated':
        'Der Server hat den Raum aus Sicht eines Besuchers gesendet, und den Stand der Bitte um Einlass.',
      'peer.admitted': 'Die wartende Person hat diesen Besucher über die vorbereitete Verbindung eingelassen.',
      'visit.rejected': 'Der Server hat den Besuch mit einem Code abgelehnt.',
      'door.changed': 'Die Regel des Raums oder der Besucher an der Tür hat gewechselt.',
      'user.hungUp': 'Der Benutzer hat aufgelegt oder den Beitritt abgebrochen.',
      'user.rejoined': 'Der Benutzer möchte wieder beitreten.',
      'page.reloaded': 'Die Seite wurde neu geladen, während sie einen Platz hatte.',
      'join.accepted': 'Der Server hat der Seite einen Platz gegeben oder ihren Platz zurückgegeben.',
      'join.rejected':
        'Der Server hat den Beitritt mit einem Code abgelehnt. Ein laufender Anruf braucht keinen Platz.',
      'seat.replaced': 'Ein anderer Tab oder ein anderes Fenster hat den Platz übernommen.',
      'signaling.lost': 'Die Verbindung der Signalisierung ist verloren.',
      'room.ready': 'Beide Plätze des Raums sind besetzt.',
      'room.full': 'Beide Inhaber haben gemeldet, dass Medien fließen.',
      'peer.disconnected': 'Der Socket der Gegenseite wurde geschlossen. Ihr Platz bleibt reserviert.',
      'peer.reconnected': 'Die Signalisierung der Gegenseite ist wieder verbunden.',
      'peer.left': 'Der Platz der Gegenseite ist frei.',
      'call.ended':
        'Der Anruf ist zu Ende. Eine Seite ohne Platz geht, und auch eine Seite, deren Gegenseite aufgelegt hat oder gegangen ist.',
      'after.askAgain': 'Der Benutzer darf wieder bitten.',
      'after.rejoinInterval': 'Nach 15 Sekunden verlangt die Seite wieder einen Platz.',
    },
  },
  signaling: {
    about:
      'Die Verbindung der Signalisierung: ein WebSocket nach dem anderen, und die Bitte um Beitritt, die darüber läuft.',
    states: {
      idle: 'Es gibt keinen Socket, und keiner wird gebraucht.',
      connecting: 'Ein Socket öffnet sich.',
      connected: 'Der Socket ist offen.',
      'connected.idle': 'Kein Platz ist verlangt: Der Benutzer ist in der Lobby oder gegangen.',
      'connected.idle.visiting': 'Die Lobby zeigt jede Änderung des Raums.',
      'connected.idle.visitRejected': 'Der Server hat den Besuch abgelehnt. Die Seite versucht es später wieder.',
      'connected.joining': 'Die Seite verlangt einen Platz.',
      'connected.joined': 'Die Seite hat einen Platz und empfängt die Ereignisse ihres Postfachs.',
      backoff: 'Die Seite wartet auf den nächsten Versuch.',
    },
    events: {
      'page.opened': 'Die Seite ist geladen und braucht eine Verbindung.',
      'page.closing': 'Die Seite schließt, vielleicht um neu zu laden. Sie benachrichtigt den Server.',
      'network.changed':
        'Das Netzwerk hat vielleicht gewechselt, oder das Gerät hat geschlafen. Die Wartezeit endet, und ein offener Socket wird geprüft.',
      'join.requested': 'Die Mitgliedschaft verlangt einen Platz: einen neuen oder den eigenen.',
      'visit.requested':
        'Die Mitgliedschaft braucht den Zustand des Raums für die Lobby und bittet vielleicht um Einlass.',
      'visitor.answered': 'Der Benutzer lässt den Besucher an der Tür ein oder weist ihn ab.',
      'preparation.stepped': 'Die Vorbereitung verlangt, bietet an, antwortet oder beendet einen Versuch.',
      'policy.selected': 'Der Benutzer hat eine andere Regel für den Raum gewählt.',
      'visit.updated': 'Der Server hat den Raum gesendet, wie die Lobby ihn zeigt.',
      'visit.rejected': 'Der Server hat den Besuch mit einem Code abgelehnt.',
      'seat.released': 'Die Mitgliedschaft gibt den Platz frei.',
      'seat.relinquished': 'Eine andere Seite hat den Platz, darum sendet diese Seite nichts mehr.',
      'media.reported': 'Der Anruf meldet, ob Medien ankommen.',
      'signaling.suspected': 'Von der Gegenseite kommen keine Medien an, darum wird ein offener Socket geprüft.',
      'signaling.alive': 'Der Server hat auf die Prüfung geantwortet.',
      'socket.opened': 'Der Socket ist offen.',
      'socket.closed': 'Der Socket wurde geschlossen, lief ab oder wurde verweigert.',
      'join.accepted': 'Der Server hat der Seite einen Platz gegeben.',
      'event.received': 'Ein Ereignis aus dem Postfach des Platzes ist angekommen.',
      'join.rejected': 'Der Server hat den Beitritt mit einem Code abgelehnt.',
      'leave.acknowledged': 'Der Server hat den Platz freigegeben.',
      'drain.due': 'Der Server fährt herunter, darum verbindet sich die Seite jetzt neu.',
      'after.openTimeout':
        'In acht Sekunden öffnete sich der Socket nicht, oder der Beitritt blieb ohne Antwort. Die Seite versucht es wieder.',
      'after.stableAfter': 'Die Verbindung war fünf Sekunden lang stabil, darum beginnt die Wartezeit wieder von vorn.',
      'after.backoff': 'Die Wartezeit zwischen zwei Versuchen ist vorbei.',
      'after.revisitInterval': 'Nach 15 Sekunden besucht die Seite den Raum wieder.',
      always: 'Ein Platz wird gebraucht, darum verlangt die Seite ihn.',
    },
  },
  call: {
    about: 'Ein Ende eines Anrufs: „perfect negotiation“ in der Rolle, die der Server zugeteilt hat.',
    states: {
      idle: 'Es gibt keinen Anruf: Die Seite hat keinen Platz.',
      offering: 'Diese Seite macht das Angebot.',
      'offering.creatingOffer': 'Eine neue Verbindung erstellt ihr Angebot.',
      'offering.waitingForPeer':
        'Die Gegenseite ist noch nicht beigetreten. Das Angebot wartet im Postfach des anderen Platzes.',
      'offering.awaitingAnswer': 'Die Gegenseite hat das Angebot. Die Seite wartet auf die Antwort.',
      'offering.connecting': 'Die Antwort ist da, und ICE verbindet.',
      answering: 'Die Gegenseite war zuerst im Raum, darum macht sie das Angebot.',
      'answering.awaitingOffer': 'Die Seite wartet auf das Angebot der Gegenseite.',
      'answering.creatingAnswer': 'Das Angebot der Gegenseite ist da, und die Antwort wird erstellt.',
      'answering.connecting': 'Die Antwort ist gesendet, und ICE verbindet.',
      connected: 'Der Transport ist verbunden oder war es eben noch.',
      'connected.flowing': 'Die Medien der Gegenseite kommen an.',
      'connected.flowing.stable': 'Keine Verhandlung steht aus.',
      'connected.flowing.prepared':
        'Beide Seiten waren über das Relay verbunden, bevor diese Seite beitrat oder bevor die Gegenseite beitrat.',
      'connected.flowing.renegotiating':
        'Lokale Spuren haben sich geändert und brauchen eine Verhandlung. Die Seite wartet auf die Antwort.',
      'connected.stalled':
        'Keine Medien kommen an. Vielleicht erholt sich der Transport, sonst folgt ein ICE-Neustart, sobald er erlaubt ist.',
      'connected.restartingIce': 'ICE startet neu: neue Zugangsdaten und Kandidaten für dieselbe Verbindung.',
      'connected.recreating': 'Eine neue Verbindung dieser Seite ersetzt die alte.',
      'connected.remoteRestart':
        'Die Gegenseite startet ICE neu oder ersetzt die Verbindung, oder sie wird es tun, weil ihre Seite neu geladen wurde.',
      unauthenticatedPeer:
        'Eine Seite ohne Kontinuitätsnachweis macht ein Angebot oder antwortet. Bis der Benutzer entscheidet, wird ihr nichts gesendet und von ihr nichts gezeigt.',
      hangup: 'Der Anruf ist vorbei. Der Grund ist festgehalten.',
    },
    events: {
      'join.accepted': 'Der Server hat Platz und Rolle zugeteilt und gemeldet, ob die Gegenseite da ist.',
      'seat.lost': 'Ein anderer Tab hat den Platz, oder der Server kennt ihn nicht mehr.',
      'peer.joined': 'Eine Gegenseite hat den anderen Platz eingenommen.',
      'peer.disconnected': 'Der Socket der Gegenseite wurde geschlossen. Ihr Platz bleibt reserviert.',
      'peer.reconnected': 'Die Signalisierung der Gegenseite ist wieder verbunden.',
      'peer.left': 'Der Platz der Gegenseite ist frei.',
      'messages.lost': 'Nachrichten der Gegenseite gingen verloren, darum verhandeln beide Seiten neu.',
      'signaling.lost': 'Die Verbindung der Signalisierung ist verloren. Nachrichten warten.',
      'signaling.alive': 'Der Server hat auf eine Prüfung der verdächtigen Signalisierung geantwortet.',
      'network.changed':
        'Der Browser meldet, dass sich Adressen vielleicht geändert haben, oder das Gerät hat geschlafen.',
      'offer.received': 'Die Gegenseite bietet eine neue Verbindung an oder eine Verhandlung der jetzigen.',
      'answer.received': 'Die Gegenseite beantwortet ein Angebot.',
      'candidate.received': 'Die Gegenseite hat einen ICE-Kandidaten gesendet.',
      'unauthenticatedOffer.received':
        'Eine Seite ohne Kontinuitätsnachweis bietet eine Verbindung an. Solange Medien fließen, berührt das den Anruf nicht.',
      'unauthenticatedAnswer.received':
        'Eine Seite ohne Kontinuitätsnachweis antwortet. Solange Medien fließen, berührt das den Anruf nicht.',
      'hangup.received': 'Die Gegenseite hat aufgelegt, über den Server oder über den Datenkanal.',
      'offer.created': 'Der Browser hat das Angebot erstellt.',
      'answer.created': 'Der Browser hat die Antwort erstellt.',
      'candidate.gathered': 'Der Browser hat einen lokalen ICE-Kandidaten gefunden.',
      'negotiation.needed': 'Lokale Spuren haben sich so geändert, dass eine Verhandlung nötig ist.',
      'offer.stale': 'Lokale Spuren haben sich geändert, bevor eine Gegenseite geantwortet hat.',
      'transport.connected': 'Der Transport zur Gegenseite ist verbunden.',
      'transport.disconnected': 'Seit einem Moment kommen weder Ton noch Video noch Heartbeat an.',
      'transport.failed': 'Der Transport ist ausgefallen oder kam nie zustande. Ohne Neustart erholt er sich nicht.',
      'media.started': 'Die Medien der Gegenseite kommen an.',
      'connection.failed':
        'Die Peer-Verbindung ist gescheitert: Eine Beschreibung wurde abgelehnt, DTLS ist gescheitert, oder der Browser hat sie geschlossen.',
      'user.hungUp': 'Der Benutzer hat aufgelegt, und die Mitgliedschaft verlässt den Raum.',
      'user.retried': 'Der Benutzer möchte den Anruf noch einmal.',
      'user.acceptedPeer': 'Der Benutzer macht mit der nicht nachgewiesenen Gegenseite weiter.',
      'recovery.timedOut': 'Der Transport war 90 Sekunden lang verloren, darum ist der Anruf verloren.',
      'restart.allowed':
        'Ein weiterer Neustart ist erlaubt: fünf Sekunden nach dem letzten oder eine halbe Sekunde nach der Rückkehr der Signalisierung.',
      'restart.budgetReset': 'Eine Minute nach dem ersten Neustart sind alle Neustarts wieder verfügbar.',
      'after.offerMaxAge':
        'Vier Minuten lang ist niemand beigetreten. Adressen und Zugangsdaten laufen ab, darum erstellt die Seite ein neues Angebot.',
      'after.answerTimeout': 'In 15 Sekunden kam keine Antwort, darum sendet die Seite ein neues Angebot.',
      'after.offerTimeout': 'Das erwartete Angebot kam in 30 Sekunden nicht, darum macht die Seite eines.',
      'after.connectTimeout': 'Der Transport kam in 20 Sekunden nicht zustande und gilt als gescheitert.',
      'after.maxRestartDelay':
        'Der Transport hat sich nicht erholt: ICE neu starten oder nach zwei gescheiterten Neustarts eine neue Verbindung aufbauen. Die Signalisierung muss stehen, und der letzte Neustart muss mindestens fünf Sekunden zurückliegen. Die unhöfliche Seite beginnt sofort, die höfliche 1,5 Sekunden später, außer wenn der Transport gescheitert ist. Nach einem neuen Beitritt warten beide 0,5 Sekunden auf das Postfach.',
      'after.decisionTimeout':
        'Der Benutzer hat in 90 Sekunden nicht über die nicht nachgewiesene Gegenseite entschieden, darum ist der Anruf verloren.',
      'after.restartTimeout':
        'Der Transport hat sich in 15 Sekunden nicht neu verbunden, darum gilt der Neustart als gescheitert.',
      'after.directDelay':
        'Die ersten Bilder sind da. Der Inhaber startet ICE neu, um statt des Relays ein direktes Paar zu finden.',
      always:
        'In „stalled“ beendet ein gescheiterter Transport den Anruf. Wartet eine nicht nachgewiesene Gegenseite, entscheidet der Benutzer. In „stable“ braucht eine vorbereitete Verbindung noch einen direkten Weg.',
    },
  },
  verification: {
    about: 'Der Sicherheitscode. Zwei Benutzer, die ihn vergleichen, wissen, dass niemand ihren Anruf abhört.',
    states: {
      idle: 'Es gibt keinen Datenkanal zu einer Gegenseite.',
      active: 'Der Datenkanal ist offen, und bisher wurde kein Problem gefunden.',
      'active.committing':
        'Die Seite liest beide Zertifikate und berechnet ihre Festlegung. Die der Gegenseite kann zuerst ankommen.',
      'active.committed':
        'Die Seite hat ihre Festlegung gesendet und wartet auf die der Gegenseite. Ihre Nonce bleibt geheim.',
      'active.revealed':
        'Beide Seiten haben sich festgelegt, und die Seite hat ihre Nonce gesendet. Sie wartet auf die Nonce der Gegenseite.',
      'active.checking': 'Die Seite prüft die Nonce der Gegenseite gegen deren Festlegung.',
      'active.comparable': 'Der Code wird gezeigt. Der Benutzer hat ihn noch nicht verglichen.',
      'active.verified': 'Der Benutzer hat bestätigt, dass beide Codes gleich sind.',
      'active.mismatched': 'Der Benutzer hat gemeldet, dass die Codes verschieden sind.',
      aborted: 'Diese Verbindung bekommt keinen Code. Der Grund ist festgehalten.',
    },
    events: {
      'channel.opened': 'Der Datenkanal ist offen, und beide Zertifikate sind bekannt.',
      'channel.closed': 'Die Verbindung ist vorbei, und mit ihr der Code.',
      'commitment.created': 'Die Festlegung auf die lokale Nonce und das Zertifikat kann gesendet werden.',
      'peer.committed': 'Die Gegenseite hat ihre Festlegung gesendet. Eine zweite bricht den Austausch ab.',
      'peer.revealed': 'Die Gegenseite hat ihre Nonce gesendet. Zu früh oder zweimal bricht sie den Austausch ab.',
      'peer.malformed': 'Die Gegenseite hat einen Wert gesendet, der nicht 32 Byte hat.',
      'code.derived': 'Die Nonce der Gegenseite passt zu ihrer Festlegung, und der Code ist abgeleitet.',
      'commitment.mismatched':
        'Die Festlegung passt nicht zu Nonce, Zertifikat, Rolle, Raum oder Verbindung der Gegenseite.',
      'certificate.changed':
        'Das Zertifikat der Gegenseite hat gewechselt, oder die Transporte enden bei mehr als einem.',
      'exchange.failed': 'Dieser Browser oder eine Seite ohne HTTPS unterstützt den Austausch nicht.',
      'user.confirmed': 'Der Benutzer hat bestätigt, dass die Codes übereinstimmen.',
      'user.denied': 'Der Benutzer hat gemeldet, dass die Codes verschieden sind.',
      'after.verificationTimeout': 'Die Nachricht der Gegenseite kam in 30 Sekunden nicht an.',
    },
  },
  device: {
    about: 'Ein Mikrofon, eine Kamera oder ein geteilter Bildschirm: ob das Gerät an ist, und wenn nicht, warum.',
    states: {
      off: 'Nichts wird aufgenommen, und das Licht einer Kamera ist aus.',
      requesting: 'Der Browser öffnet das Gerät und fragt den Benutzer vielleicht um Erlaubnis.',
      live: 'Das Gerät ist offen.',
      'live.unmuted': 'Die Spur wird gesendet.',
      'live.muted':
        'Der Benutzer hat das Gerät stummgeschaltet: Seine Spur ist abgeschaltet. Das Gerät bleibt offen, damit es sofort wieder an ist.',
      failed: 'Das Gerät funktioniert nicht. Das Problem ist festgehalten.',
      suspended:
        'Der Benutzer ist gegangen oder hat keinen Anruf, in dem er einen Bildschirm teilen kann. Keine Spur ist aktiv.',
      'suspended.on': 'Der nächste Beitritt öffnet das Gerät wieder.',
      'suspended.off': 'Der nächste Beitritt lässt das Gerät aus.',
    },
    events: {
      'user.switchedOn': 'Der Benutzer hat das Gerät eingeschaltet.',
      'user.switchedOff': 'Der Benutzer hat das Gerät ausgeschaltet.',
      'user.muted': 'Der Benutzer hat das Gerät stummgeschaltet.',
      'user.unmuted': 'Der Benutzer hat die Stummschaltung aufgehoben.',
      'user.retried': 'Der Benutzer hat „Erneut versuchen“ gewählt.',
      'user.dismissed': 'Der Benutzer hat den Hinweis auf das Problem geschlossen.',
      'capture.allowed': 'Der Benutzer tritt wieder bei oder ist, bei einem Bildschirm, in einem Anruf.',
      'capture.disallowed':
        'Der Benutzer ist gegangen, oder die Seite liegt im Vor-/Zurück-Cache. Bei einem Bildschirm ist der Anruf zu Ende.',
      'device.selected': 'Der Benutzer hat ein anderes Gerät gewählt.',
      'processing.changed':
        'Der Benutzer hat geändert, wie der Browser den Ton des Mikrofons verarbeitet, und eine laufende Spur lässt sich nicht ändern.',
      'devices.changed': 'Die Geräteliste des Browsers hat sich geändert. Vielleicht gibt es neue Geräte.',
      'device.opened': 'Der Browser hat das Gerät geöffnet oder ein Ersatzgerät.',
      'device.rejected': 'Der Browser, das System oder der Benutzer hat die Anfrage abgelehnt.',
      'track.ended':
        'Das Gerät wurde abgezogen, die Erlaubnis entzogen, oder der Benutzer hat das Teilen in der Leiste des Browsers beendet.',
      'silence.detected':
        'Das Mikrofon hat drei Sekunden lang nur digitale Stille geliefert. Die Seite prüft, ob es noch da ist.',
      'track.stalled': 'Die Spur ist aktiv, hat aber drei Sekunden lang nichts geliefert.',
      'track.muted':
        'Die Quelle liefert keine Medien mehr: Das System oder ein Schalter am Gerät hat die Spur stummgeschaltet.',
      'track.unmuted': 'Die Quelle liefert wieder Medien.',
      'permission.granted': 'Der Benutzer hat den Zugriff in den Browsereinstellungen erlaubt.',
      'permission.revoked': 'Der Benutzer hat den Zugriff in den Browsereinstellungen entzogen.',
      'after.deviceStableAfter':
        'Das Gerät funktioniert. Der Hinweis auf das Ersatzgerät endet, und die Fehlversuche werden zurückgesetzt.',
    },
  },
  statusBanner: {
    about: 'Welches Verbindungsproblem der Benutzer sieht, und wie lange.',
    states: {
      transport: 'Der Transport der Medien während eines Anrufs.',
      'transport.hidden': 'Es gibt nichts zu zeigen.',
      'transport.pending': 'Keine Medien kommen an, aber der Ausfall ist zu kurz, um ihn zu zeigen.',
      'transport.shown': 'Das Banner sagt, dass sich der Anruf neu verbindet.',
      'transport.resolved': 'Medien kommen wieder an. Das Banner bleibt noch einen Moment.',
      peer: 'Die Seite der Gegenseite und ihre Signalisierung.',
      'peer.hidden': 'Es gibt nichts zu zeigen.',
      'peer.pending': 'Die Gegenseite ist getrennt, aber der Ausfall ist zu kurz, um ihn zu zeigen.',
      'peer.shown': 'Das Banner sagt, dass die Gegenseite getrennt ist.',
      'peer.pageClosed':
        'Die Seite der Gegenseite hat angekündigt, dass sie schließt, darum erscheint das Banner sofort.',
      'peer.returning': 'Die Seite der Gegenseite ist zurück, aber Medien fließen noch nicht.',
      'peer.resolved': 'Die Gegenseite ist zurück. Das Banner bleibt noch einen Moment.',
      signaling: 'Die Verbindung dieser Seite zum Server.',
      'signaling.hidden': 'Es gibt nichts zu zeigen.',
      'signaling.pending': 'Die Signalisierung ist verloren, aber der Ausfall ist zu kurz, um ihn zu zeigen.',
      'signaling.shown': 'Das Banner sagt, dass der Server nicht antwortet.',
      'signaling.resolved': 'Die Signalisierung ist zurück. Das Banner bleibt noch einen Moment.',
    },
    events: {
      'transport.lost': 'Die Medien der Gegenseite kommen nicht mehr an.',
      'transport.restored': 'Die Medien der Gegenseite kommen an.',
      'call.ended': 'Der Anruf ist zu Ende, darum ist ein Problem des Transports ohne Bedeutung.',
      'peer.disconnected':
        'Der Socket der Gegenseite wurde geschlossen. Der Server meldet, ob ihre Seite es angekündigt hat.',
      'peer.reconnected': 'Die Signalisierung der Gegenseite ist wieder verbunden.',
      'peer.reloaded': 'Die Gegenseite hat ihre Seite neu geladen, das unterbricht den Anruf.',
      'peer.left': 'Der Platz der Gegenseite ist frei, darum wird nichts über sie gezeigt.',
      'signaling.lost': 'Die Verbindung der Signalisierung ist verloren.',
      'signaling.restored': 'Die Verbindung der Signalisierung ist zurück.',
      'after.transportBannerDelay': '4,5 Sekunden lang kamen keine Medien an, darum erscheint das Banner.',
      'after.peerBannerDelay': 'Die Gegenseite war zwei Sekunden lang getrennt, darum erscheint das Banner.',
      'after.signalingBannerDelay': 'Die Signalisierung war vier Sekunden lang verloren, darum erscheint das Banner.',
      'after.peerReloadTimeout':
        'Der Anruf wurde nicht unterbrochen, oder das Banner des Transports ist jetzt zu sehen.',
      'after.bannerMinTime': 'Das Banner war seine Mindestzeit lang zu sehen.',
    },
  },
  quality: {
    about: 'Die Qualität der Verbindung, in Stufen, die nicht flattern.',
    states: {
      unknown: 'Es gibt zu wenige Messungen.',
      good: 'Der Benutzer merkt kein Problem.',
      fair: 'Der Benutzer merkt ab und zu ein Problem.',
      poor: 'Probleme stören den Anruf. Ein Banner nennt dem Benutzer die Ursache und eine Abhilfe.',
    },
    events: {
      'sample.taken':
        'Messungen einer Sekunde: Verlust in beide Richtungen, Umlaufzeit, Jitter, Standbilder und Senderate.',
      'transport.lost': 'Der Transport ist verloren oder der Anruf vorbei, darum gelten die Messungen nicht mehr.',
      always: 'Drei Messungen in Folge waren schlechter, oder acht waren klar besser. Die erste Stufe braucht drei.',
    },
  },
  preparation: {
    about: 'Eine Verbindung, die der Inhaber und ein Besucher in der Lobby aufbauen, bevor der Besucher beitritt.',
    states: {
      idle: 'Es gibt keinen Versuch.',
      pausing: 'Der Besucher wartet, bevor er einen Versuch verlangt.',
      requested: 'Der Besucher hat beim Server einen Versuch verlangt.',
      attempting: 'Der Server leitet die Beschreibungen dieses Versuchs weiter.',
      'attempting.connecting': 'Beide Seiten tauschen Angebot und Antwort aus und verbinden sich über das Relay.',
      'attempting.prepared': 'Die Verbindung ist bereit und sendet nur Consent-Checks.',
      'attempting.claimed': 'Der Besucher tritt bei. Medien werden gesendet, während der Server den Platz bestätigt.',
    },
    events: {
      'attempt.available': 'Der Besucher darf eine Verbindung mit dem wartenden Inhaber vorbereiten.',
      'attempt.unavailable': 'Der Versuch ist zu Ende, und der Besucher darf jetzt keinen neuen beginnen.',
      'attempt.started': 'Der Server hat einen Versuch des Inhabers mit diesem Besucher begonnen.',
      'offer.received': 'Das Angebot des Inhabers ist da.',
      'answer.received': 'Die Antwort des Besuchers ist da.',
      'seat.confirmed': 'Der Besucher hat einen Platz. Der Server sagt, ob die vorbereitete Verbindung zum Anruf wird.',
      'seat.rejected': 'Der Server hat den Beitritt abgelehnt, darum wird nichts mehr gesendet.',
      'user.claimed': 'Der Benutzer tritt bei oder lässt den Besucher ein.',
      'network.changed': 'Das Netz hat sich vielleicht geändert, darum wird die Verbindung neu aufgebaut.',
      'page.hidden': 'Die Seite der Lobby ist verdeckt.',
      'page.shown': 'Die Seite der Lobby ist wieder sichtbar.',
      'page.timedOut': 'Die Seite der Lobby war eine Minute lang verdeckt, darum wird die Verbindung geschlossen.',
      'description.created': 'Das Angebot oder die Antwort ist vollständig, nur mit Relay-Kandidaten.',
      'connection.opened': 'Der Datenkanal ist offen.',
      'connection.failed': 'Die Verbindung ist gescheitert oder kam nicht zustande.',
      'peer.claimed': 'Die Gegenseite tritt bei oder lässt diesen Besucher ein. Sie hat es über den Datenkanal gesagt.',
      'after.pause': 'Die Wartezeit vor dem nächsten Versuch ist vorbei.',
      'after.prepareTimeout': 'Der Versuch hat 15 Sekunden gedauert und ist gescheitert.',
      'after.preparedMaxAge':
        'Die TURN-Zugangsdaten des Besuchers laufen bald ab, darum baut er die Verbindung neu auf.',
      'after.joinConfirmation':
        'Der Server hat in fünf Sekunden keinen Platz bestätigt, darum wird die Verbindung geschlossen.',
      always: 'Der Besucher darf einen Versuch verlangen, und seine Seite ist sichtbar.',
    },
  },
  chat: {
    about: 'Der Chat der beiden Personen, über einen eigenen Datenkanal.',
    states: {
      closed: 'Es gibt keinen Kanal. Texte warten.',
      greeting: 'Der Kanal ist da. Jede Seite sagt, welche Texte sie hat.',
      open: 'Texte werden sofort gesendet und bestätigt, sobald sie gespeichert sind.',
      flooded:
        'Die Gegenseite hat zu viel gesendet, darum hat diese Seite den Kanal geschlossen. Die nächste Verbindung hat einen neuen.',
    },
    events: {
      'channel.opened': 'Der Chat-Kanal einer Verbindung ist da, und auch die Seite der anderen Person hat einen Chat.',
      'channel.closed': 'Der Chat-Kanal ist zu Ende, allein oder mit seiner Verbindung.',
      'channel.flooded': 'Die Gegenseite hat mehr gesendet, als das Limit des Chats erlaubt.',
      'hello.received': 'Die Gegenseite hat ihren Aufenthalt genannt und den neuesten Text, den sie hat.',
      'text.received': 'Ein Text der Gegenseite ist da. Er wird angezeigt, wenn er der nächste ist.',
      'ack.received': 'Die Gegenseite hat die Texte bis zu dieser Nummer gespeichert.',
      'user.sent': 'Der Benutzer hat einen Text gesendet. Er erscheint sofort und wartet, bis die Gegenseite ihn hat.',
      'panel.shown': 'Der Benutzer hat den Chat geöffnet, darum sind seine Texte gelesen.',
      'panel.hidden': 'Der Benutzer hat den Chat geschlossen, darum sind neue Texte ungelesen.',
      'chat.cleared':
        'Die Gegenseite ist vielleicht eine andere Person, oder der Besuch ist zu Ende. Der Chat vergisst alle Texte.',
      'chat.handedOver': 'Dieser Tab hat den Anruf von einem anderen Tab übernommen, mit dessen Chat.',
    },
  },
  microphoneHint: {
    about: 'Welcher Hinweis zum Mikrofon dem Benutzer gezeigt wird, und wann.',
    states: {
      inactive: 'Es gibt keinen Anruf, oder das Mikrofon ist nicht offen.',
      muted: 'Der Benutzer hat das Mikrofon stummgeschaltet. Sein Ton wird nicht gesendet.',
      'muted.quiet': 'Der Benutzer spricht nicht.',
      'muted.speaking': 'Der Benutzer spricht, aber zu kurz für einen Hinweis.',
      'muted.shown': 'Der Hinweis sagt, dass der Benutzer stummgeschaltet ist.',
      'muted.shown.speaking': 'Der Benutzer spricht noch.',
      'muted.shown.spoken': 'Der Benutzer spricht nicht mehr. Der Hinweis bleibt noch einen Moment.',
      'muted.paused': 'Der Benutzer hat den Hinweis geschlossen. Vielleicht spricht er mit jemand anderem.',
      unmuted: 'Der Ton des Mikrofons wird gesendet.',
      'unmuted.audible': 'Das Mikrofon liefert Ton, oder seine Stille ist gewollt.',
      'unmuted.quiet': 'Das Mikrofon ist still, aber zu kurz für einen Hinweis.',
      'unmuted.silent': 'Der Hinweis sagt, dass das Mikrofon still ist.',
    },
    events: {
      'microphone.muted': 'In einem Anruf ist das Mikrofon offen, und der Benutzer hat es stummgeschaltet.',
      'microphone.unmuted': 'In einem Anruf ist das Mikrofon offen, und sein Ton wird gesendet.',
      'microphone.closed': 'Das Mikrofon ist nicht offen, das System schaltet es stumm, oder es gibt keinen Anruf.',
      'speech.started': 'Das Mikrofon liefert Ton, der wie Sprache ist.',
      'speech.ended': 'Der Ton ist nicht mehr wie Sprache.',
      'silence.started': 'Das Mikrofon liefert nur digitale Stille.',
      'silence.ended': 'Das Mikrofon liefert Ton.',
      'user.dismissed': 'Der Benutzer hat den Hinweis geschlossen.',
      'after.mutedSpeech': 'Der Benutzer hat 0,6 Sekunden lang gesprochen, also war es kein Husten.',
      'after.mutedHintEnd': 'Der Benutzer hat sechs Sekunden lang nicht gesprochen.',
      'after.mutedHintPause': 'Seit der Benutzer den Hinweis geschlossen hat, ist eine Minute vergangen.',
      'after.silentMicrophone': 'Fünf Sekunden Stille eines Mikrofons, das noch keinen Ton geliefert hat.',
      'after.quietMicrophone': 'Dreißig Sekunden Stille eines Mikrofons, das schon Ton geliefert hat.',
    },
  },
  pushToTalk: {
    about: 'Push-to-talk: ob der Benutzer die Taste hält, die das Mikrofon einschaltet.',
    states: {
      off: 'Der Benutzer hat Push-to-talk nicht eingeschaltet.',
      ready: 'Die Taste wird nicht gehalten.',
      talking: 'Das Mikrofon ist eingeschaltet.',
      'talking.held': 'Der Benutzer hält die Taste.',
      'talking.ending': 'Der Benutzer hat die Taste gerade losgelassen.',
    },
    events: {
      'setting.enabled': 'Der Benutzer hat Push-to-talk eingeschaltet.',
      'setting.disabled': 'Der Benutzer hat Push-to-talk ausgeschaltet.',
      'key.pressed': 'Der Benutzer hat die Leertaste oder die Sprechtaste gedrückt und hält sie.',
      'key.released': 'Der Benutzer hat die Taste losgelassen.',
      'focus.lost':
        'Ein anderes Fenster hat den Fokus oder verdeckt die Seite, also würde sie das Loslassen nicht bemerken.',
      'microphone.muted': 'Der Benutzer hat das Mikrofon auf andere Weise stummgeschaltet.',
      'after.talkTail': 'Die letzte Silbe nach dem Loslassen ist gesendet.',
    },
  },
  transfer: {
    about: 'Ein Ende der Übertragung einer Datei über den Datenkanal.',
    states: {
      offered: 'Der Absender bietet die Datei an. Der Empfänger hat sich noch nicht entschieden.',
      preparing: 'Der Empfänger öffnet seinen Speicher.',
      transferring: 'Die Bytes der Datei sind unterwegs.',
      paused: 'Der Kanal ist geschlossen, oder der Absender hat die Datei noch nicht wieder angeboten.',
      checking: 'Der Empfänger hat alle Bytes und vergleicht den Hash.',
      stored: 'Der Empfänger hat die ganze Datei.',
      cancelled: 'Eine der beiden Personen wollte die Datei nicht.',
      failed: 'Die Datei konnte nicht übertragen werden.',
    },
    events: {
      'user.accepted': 'Der Empfänger sichert die Datei.',
      'user.cancelled': 'Der Benutzer lehnt die Datei ab oder bricht die Übertragung ab.',
      'channel.opened': 'Der Kanal für Dateien ist offen. Der Absender bietet die Datei an.',
      'channel.closed': 'Der Kanal für Dateien ist geschlossen.',
      'peer.offered': 'Der Absender hat die Datei auf einem neuen Kanal angeboten.',
      'peer.forgot': 'Die Seite des Absenders wurde neu geladen und hat die Datei verloren.',
      'peer.accepted': 'Der Empfänger will die Bytes ab einer Position.',
      'peer.ended': 'Der Absender hat das letzte Byte und den Hash der Datei gesendet.',
      'peer.stored': 'Der Empfänger hat die ganze Datei.',
      'peer.cancelled': 'Die Gegenseite hat die Übertragung mit einem Grund beendet.',
      'storage.opened': 'Der Speicher ist bereit, und die gespeicherten Bytes sind gehasht.',
      'content.sent': 'Das letzte Byte wurde dem Kanal übergeben.',
      'content.verified': 'Der Hash der gespeicherten Datei ist der des Absenders.',
      'content.failed': 'Die Datei ließ sich nicht lesen oder speichern, oder sie ist nicht die angebotene.',
    },
  },
}
