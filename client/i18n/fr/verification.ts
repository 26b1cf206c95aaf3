import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import type { UserMessage } from '../userMessage.ts'
import type { verification as english } from '../verification.en.ts'

const interceptionAdvice =
  'Ne dites rien de confidentiel. Raccrochez et rappelez depuis un autre réseau ou un autre serveur.'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: 'Quelque chose perturbe le code de sécurité', advice: interceptionAdvice },
  repeated: { title: 'Quelque chose perturbe le code de sécurité', advice: interceptionAdvice },
  malformed: { title: 'Quelque chose perturbe le code de sécurité', advice: interceptionAdvice },
  commitmentMismatch: { title: 'Quelqu’un intercepte peut-être cet appel', advice: interceptionAdvice },
  certificateChanged: { title: 'L’appareil de l’autre personne a changé', advice: interceptionAdvice },
  timedOut: {
    title: 'Le code de sécurité n’est pas arrivé',
    advice: `La cause peut être une mauvaise connexion, ou quelqu’un qui intercepte l’appel. ${interceptionAdvice}`,
  },
  unsupported: {
    title: 'Cette page ne peut pas créer de code de sécurité',
    advice: 'Il faut une page sécurisée (https). Demandez à la personne qui gère ce serveur d’activer https.',
  },
}

export const verification: typeof english = {
  title: 'Code de sécurité',
  buttonStates: {
    unverified: 'Vérifier',
    changed: 'Modifié',
    verified: 'Vérifié',
    mismatched: 'Différent',
    failed: 'Invérifiable',
    unsupported: 'Aucun code',
  },
  button: (state) => `Code de sécurité : ${state}`,
  computing: 'Création du code…',
  messages: {
    unverified: {
      title: 'Quelqu’un intercepte-t-il cet appel ?',
      advice: 'Lisez-vous ces symboles à voix haute. S’ils sont identiques, personne n’intercepte l’appel.',
    },
    changed: {
      title: 'Le code a changé',
      advice: 'C’est une nouvelle connexion : la vérification précédente ne vaut plus. Comparez à nouveau.',
    },
    verified: {
      title: 'Personne n’intercepte cet appel',
      advice: 'Vous avez confirmé que les codes sont identiques. Vous serez averti si la connexion change.',
    },
    mismatched: { title: 'Quelqu’un intercepte peut-être cet appel', advice: interceptionAdvice },
  },
  aborted: (reason) => abortMessages[reason],
  limit: 'Cela vous protège de toute personne entre vous deux, mais pas d’un serveur qui fournit une page falsifiée.',
  match: 'Identiques',
  differ: 'Différents',
  compare: 'Comparer',
  close: 'Fermer',
  dismiss: 'Fermer cet avis',
}
