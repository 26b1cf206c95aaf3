import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import type { UserMessage } from '../userMessage.ts'
import type { verification as english } from '../verification.en.ts'

const interceptionAdvice = 'No digas nada privado. Cuelga y vuelve a llamar desde otra red u otro servidor.'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: 'Algo interfiere con el código de seguridad', advice: interceptionAdvice },
  repeated: { title: 'Algo interfiere con el código de seguridad', advice: interceptionAdvice },
  malformed: { title: 'Algo interfiere con el código de seguridad', advice: interceptionAdvice },
  commitmentMismatch: { title: 'Quizá alguien intercepte esta llamada', advice: interceptionAdvice },
  certificateChanged: { title: 'El dispositivo de la otra persona cambió', advice: interceptionAdvice },
  timedOut: {
    title: 'El código de seguridad no llegó',
    advice: `La causa puede ser una mala conexión, o alguien que intercepta la llamada. ${interceptionAdvice}`,
  },
  unsupported: {
    title: 'Esta página no puede crear un código de seguridad',
    advice:
      'Solo funciona en páginas seguras (https). Pide a la persona que administra este servidor que active https.',
  },
}

export const verification: typeof english = {
  title: 'Código de seguridad',
  buttonStates: {
    unverified: 'Verificar',
    changed: 'Cambió',
    verified: 'Verificado',
    mismatched: 'No coincide',
    failed: 'No verificable',
    unsupported: 'Sin código',
  },
  button: (state) => `Código de seguridad: ${state}`,
  computing: 'Creando el código…',
  messages: {
    unverified: {
      title: '¿Alguien intercepta esta llamada?',
      advice: 'Lee estos símbolos en voz alta a la otra persona. Si coinciden, nadie intercepta la llamada.',
    },
    changed: {
      title: 'El código cambió',
      advice: 'Esta conexión es nueva: la comprobación anterior ya no vale. Compara otra vez.',
    },
    verified: {
      title: 'Nadie intercepta esta llamada',
      advice: 'Confirmaste que los códigos coinciden. Te avisaremos si cambia la conexión.',
    },
    mismatched: { title: 'Quizá alguien intercepte esta llamada', advice: interceptionAdvice },
  },
  aborted: (reason) => abortMessages[reason],
  limit: 'Te protege de cualquiera que esté entre los dos, pero no de un servidor que entregue una página manipulada.',
  match: 'Coinciden',
  differ: 'No coinciden',
  compare: 'Comparar',
  close: 'Cerrar',
  dismiss: 'Cerrar este aviso',
}
