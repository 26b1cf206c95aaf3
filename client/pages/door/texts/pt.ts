import { formatWait } from '../../../i18n/format.ts'
import type { DoorTexts } from '../texts.ts'

export const door: DoorTexts = {
  askFirst: 'Perguntar antes de alguém entrar',
  guessable: 'Alguém poderia adivinhar o nome desta sala.',

  present: 'Alguém está na sala.',
  presentAsk: 'Alguém está na sala e decide quem entra.',
  presentLocked: 'Alguém está na sala, mas ela está bloqueada.',
  full: 'Esta sala está cheia agora.',
  fullNote: 'Você poderá entrar assim que alguém sair.',
  lockedAdvice: 'Peça à pessoa que está nela para desbloquear ou crie outra sala.',
  newRoom: 'Nova sala',
  name: 'Seu nome (opcional)',
  nameNote: 'A outra pessoa vai ver este nome, mas ainda não vai ver nem ouvir você.',
  nameShown: 'A outra pessoa vai ver durante a chamada.',
  ask: 'Pedir para participar',
  asking: 'Pedindo para participar…',
  askingNote: 'Você vai entrar assim que aceitarem. Até lá, ninguém vê nem ouve você.',
  offline: 'Você está sem conexão. Reconectando…',
  cancel: 'Cancelar',
  declined: 'Não podem deixar você entrar agora.',
  declinedNote: (waitMs) => `Você poderá pedir novamente ${formatWait('pt', waitMs)}.`,
  occupied: 'Outra pessoa está pedindo agora. Tente novamente em instantes.',
  left: 'A outra pessoa saiu. Você pode entrar e esperar por ela.',

  policyLegend: 'Quem pode entrar?',
  policies: { open: 'Qualquer pessoa com o link', ask: 'Só quem eu aceitar', locked: 'Mais ninguém' },
  atDoor: (name) => `${name || 'Alguém'} quer participar`,
  atDoorNote: 'Essa pessoa ainda não vê nem ouve você.',
  admit: 'Aceitar',
  decline: 'Recusar',
  admitted: (name) => (name ? `${name} está entrando…` : 'A outra pessoa está entrando…'),
}
