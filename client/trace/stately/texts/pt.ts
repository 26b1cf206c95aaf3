import type { InspectorTexts } from '../texts.ts'

export const inspector: InspectorTexts = {
  title: 'Mostrar o diagnóstico desta página em stately.ai?',
  advice:
    'Este link abre o Stately Inspector, uma página de outra empresa. Ela recebe em tempo real os estados e eventos das suas chamadas nesta página. Ela não recebe nomes, endereços, som nem vídeo.',
  open: 'Abrir stately.ai',
  decline: 'Agora não',
  blocked: {
    title: 'Seu navegador bloqueou a janela',
    advice: 'Permita pop-ups para esta página e clique em “Abrir stately.ai” novamente.',
  },
}
