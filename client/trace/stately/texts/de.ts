import type { InspectorTexts } from '../texts.ts'

export const inspector: InspectorTexts = {
  title: 'Diagnose dieser Seite bei stately.ai zeigen?',
  advice:
    'Dies öffnet den Stately Inspector, eine Seite einer anderen Firma. Sie erhält die Zustandsautomaten und laufend die Zustände und Ereignisse dieser Anrufe. Namen von Personen oder Räumen, Adressen, Ton und Video erhält sie nicht.',
  open: 'stately.ai öffnen',
  decline: 'Nein, danke',
  blocked: {
    title: 'Dein Browser hat das Fenster blockiert',
    advice: 'Erlaube Pop-ups für diese Seite und wähle dann noch einmal „stately.ai öffnen“.',
  },
}
