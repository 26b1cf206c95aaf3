import type { InspectorTexts } from '../texts.ts'

export const inspector: InspectorTexts = {
  title: 'Mostrar o diagnóstico desta página em stately.ai?',
  advice:
    'Isto abre o Stately Inspector, uma página de outra empresa. Ela recebe as máquinas de estados e, em tempo real, os estados e eventos destas chamadas. Ela não recebe nomes de pessoas ou salas, endereços, som nem vídeo.',
  open: 'Abrir stately.ai',
  decline: 'Agora não',
  blocked: {
    title: 'Seu navegador bloqueou a janela',
    advice: 'Permita pop-ups para esta página e clique em “Abrir stately.ai” novamente.',
  },
}
