import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.pt.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Sua câmera e seu microfone estão desativados. O link desta sala ainda funciona.',
  callAgain: 'Ligar novamente',
  leave: 'Sair',
  presence: {
    arrived: 'A outra pessoa entrou na chamada',
    left: 'A outra pessoa saiu da chamada',
    admitted: 'Você já está na chamada',
  },
  attention: 'Sons e notificações',
  sounds: 'Tocar um som quando alguém chega, sai ou pede para entrar',
  notifications: 'Avisar quando esta página estiver em segundo plano',
  notificationsNote: 'Assim você sabe que alguém chegou mesmo em outra aba ou janela.',
  allowNotifications: 'Permitir notificações',
  notifyMe: 'Avisar quando alguém chegar',
  notificationsOn: 'Você recebe uma notificação quando esta página está em segundo plano.',
  notificationsBlocked: 'Seu navegador bloqueia as notificações desta página.',
  view: {
    sideBySide: 'Lado a lado',
    hideOwn: 'Ocultar seu vídeo',
    mirror: 'Espelhar seu vídeo',
    mirrorNote: 'Só você vê o vídeo espelhado.',
    swap: 'Trocar os vídeos',
    move: 'Mover o vídeo pequeno',
    openWindow: 'Picture-in-picture',
    closeWindow: 'Fechar picture-in-picture',
  },
  emojiNames,
}
