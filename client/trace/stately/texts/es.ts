import type { InspectorTexts } from '../texts.ts'

export const inspector: InspectorTexts = {
  title: '¿Mostrar el diagnóstico de esta página en stately.ai?',
  advice:
    'Esto abre Stately Inspector, una página de otra empresa. Recibe las máquinas de estados y, en directo, los estados y eventos de estas llamadas. No recibe nombres de personas ni de salas, direcciones, audio ni video.',
  open: 'Abrir stately.ai',
  decline: 'No, gracias',
  blocked: {
    title: 'Tu navegador bloqueó la ventana',
    advice: 'Permite las ventanas emergentes para esta página y pulsa «Abrir stately.ai» otra vez.',
  },
}
