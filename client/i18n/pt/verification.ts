import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import type { UserMessage } from '../userMessage.ts'
import type { verification as english } from '../verification.en.ts'

const interceptionAdvice = 'Não diga nada particular. Desligue e ligue novamente de outra rede ou outro servidor.'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: 'Algo está interferindo no código de segurança', advice: interceptionAdvice },
  repeated: { title: 'Algo está interferindo no código de segurança', advice: interceptionAdvice },
  malformed: { title: 'Algo está interferindo no código de segurança', advice: interceptionAdvice },
  commitmentMismatch: { title: 'Alguém pode estar interceptando esta chamada', advice: interceptionAdvice },
  certificateChanged: { title: 'O dispositivo da outra pessoa mudou', advice: interceptionAdvice },
  timedOut: {
    title: 'O código de segurança não chegou',
    advice: `A causa pode ser uma conexão ruim ou alguém interceptando a chamada. ${interceptionAdvice}`,
  },
  unsupported: {
    title: 'Esta página não pode criar um código de segurança',
    advice:
      'Ele só funciona em páginas seguras (https). Peça à pessoa que administra este servidor para ativar o https.',
  },
}

export const verification: typeof english = {
  title: 'Código de segurança',
  buttonStates: {
    unverified: 'Verificar',
    changed: 'Mudou',
    verified: 'Verificado',
    mismatched: 'Diferente',
    failed: 'Não verificável',
    unsupported: 'Sem código',
  },
  button: (state) => `Código de segurança: ${state}`,
  computing: 'Criando o código…',
  messages: {
    unverified: {
      title: 'Alguém está interceptando esta chamada?',
      advice: 'Leiam estes símbolos em voz alta um para o outro. Se forem iguais, ninguém intercepta a chamada.',
    },
    changed: {
      title: 'O código mudou',
      advice: 'Esta conexão é nova, e a verificação anterior não vale mais. Compare novamente.',
    },
    verified: {
      title: 'Ninguém está interceptando esta chamada',
      advice: 'Você confirmou que os códigos são iguais. Vamos avisar se a conexão mudar.',
    },
    mismatched: { title: 'Alguém pode estar interceptando esta chamada', advice: interceptionAdvice },
  },
  aborted: (reason) => abortMessages[reason],
  limit:
    'Isso protege contra qualquer pessoa entre vocês, mas não contra um servidor que entrega uma página adulterada.',
  match: 'São iguais',
  differ: 'São diferentes',
  compare: 'Comparar',
  close: 'Fechar',
  dismiss: 'Fechar este aviso',
}
