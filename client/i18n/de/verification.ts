import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import type { UserMessage } from '../userMessage.ts'
import type { verification as english } from '../verification.en.ts'

const interceptionAdvice =
  'Teile nichts Privates mit. Leg auf und ruf über ein anderes Netzwerk oder einen anderen Server noch einmal an.'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: 'Etwas stört den Sicherheitscode', advice: interceptionAdvice },
  repeated: { title: 'Etwas stört den Sicherheitscode', advice: interceptionAdvice },
  malformed: { title: 'Etwas stört den Sicherheitscode', advice: interceptionAdvice },
  commitmentMismatch: { title: 'Vielleicht hört jemand diesen Anruf ab', advice: interceptionAdvice },
  certificateChanged: { title: 'Das Gerät am anderen Ende hat gewechselt', advice: interceptionAdvice },
  timedOut: {
    title: 'Der Sicherheitscode ist nicht angekommen',
    advice: `Das kann an einer schlechten Verbindung liegen, oder jemand hört den Anruf ab. ${interceptionAdvice}`,
  },
  unsupported: {
    title: 'Diese Seite kann keinen Sicherheitscode erstellen',
    advice: 'Das geht nur auf sicheren Seiten (https). Bitte die Person, die den Server betreibt, https einzuschalten.',
  },
}

export const verification: typeof english = {
  title: 'Sicherheitscode',
  buttonStates: {
    unverified: 'Prüfen',
    changed: 'Geändert',
    verified: 'Geprüft',
    mismatched: 'Ungleich',
    failed: 'Nicht prüfbar',
    unsupported: 'Kein Code',
  },
  button: (state) => `Sicherheitscode: ${state}`,
  computing: 'Der Code wird erstellt …',
  messages: {
    unverified: {
      title: 'Hört jemand diesen Anruf ab?',
      advice: 'Lest euch die Symbole gegenseitig vor. Wenn sie übereinstimmen, hört niemand den Anruf ab.',
    },
    changed: {
      title: 'Der Code hat sich geändert',
      advice: 'Das ist eine neue Verbindung, die frühere Prüfung gilt nicht mehr. Vergleicht noch einmal.',
    },
    verified: {
      title: 'Niemand hört diesen Anruf ab',
      advice: 'Du hast bestätigt, dass die Codes übereinstimmen. Wir warnen dich, wenn sich die Verbindung ändert.',
    },
    mismatched: { title: 'Vielleicht hört jemand diesen Anruf ab', advice: interceptionAdvice },
  },
  aborted: (reason) => abortMessages[reason],
  limit: 'Das schützt vor allen zwischen euch – aber nicht vor einem Server, der eine manipulierte Seite ausliefert.',
  match: 'Stimmt überein',
  differ: 'Stimmt nicht',
  compare: 'Vergleichen',
  close: 'Schließen',
  dismiss: 'Hinweis schließen',
}
