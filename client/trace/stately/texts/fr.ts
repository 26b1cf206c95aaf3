import type { InspectorTexts } from '../texts.ts'

export const inspector: InspectorTexts = {
  title: 'Afficher le diagnostic de cette page sur stately.ai ?',
  advice:
    'Cela ouvre Stately Inspector, une page gérée par une autre société. Elle reçoit les automates et, en direct, les états et les événements de ces appels. Elle ne reçoit aucun nom de personne ou de salon, ni adresses, ni son, ni vidéo.',
  open: 'Ouvrir stately.ai',
  decline: 'Non, merci',
  blocked: {
    title: 'Votre navigateur a bloqué la fenêtre',
    advice: 'Autorisez les fenêtres pop-up pour cette page, puis choisissez à nouveau « Ouvrir stately.ai ».',
  },
}
