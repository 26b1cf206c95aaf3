import { formatWait } from '../../../i18n/format.ts'
import type { DoorTexts } from '../texts.ts'

export const door: DoorTexts = {
  askFirst: 'Preguntarme antes de que entre alguien',
  guessable: 'Alguien podría adivinar el nombre de esta sala.',

  present: 'Hay alguien en la sala.',
  presentAsk: 'Hay alguien en la sala, que decide quién entra.',
  presentLocked: 'Hay alguien en la sala, pero está bloqueada.',
  full: 'Esta sala está llena ahora.',
  fullNote: 'Podrás entrar en cuanto alguien se vaya.',
  lockedAdvice: 'Pide a la persona que está dentro que la desbloquee, o crea otra sala.',
  newRoom: 'Sala nueva',
  name: 'Tu nombre (opcional)',
  nameNote: 'La otra persona verá este nombre, pero todavía no te verá ni te oirá.',
  nameShown: 'La otra persona lo verá durante la llamada.',
  ask: 'Pedir permiso para entrar',
  asking: 'Pidiendo permiso…',
  askingNote: 'Entrarás en cuanto te acepten. Hasta entonces no te verán ni te oirán.',
  offline: 'No tienes conexión. Reconectando…',
  cancel: 'Cancelar',
  declined: 'Ahora no pueden dejarte entrar.',
  declinedNote: (waitMs) => `Podrás volver a pedirlo ${formatWait('es', waitMs)}.`,
  occupied: 'Otra persona está pidiendo permiso ahora. Inténtalo de nuevo en un momento.',
  left: 'La otra persona se fue. Puedes entrar y esperarla.',

  policyLegend: '¿Quién puede entrar?',
  policies: { open: 'Cualquiera que tenga el enlace', ask: 'Solo quien yo acepte', locked: 'Nadie más' },
  atDoor: (name) => `${name || 'Alguien'} quiere entrar`,
  atDoorNote: 'Todavía no puede verte ni oírte.',
  admit: 'Aceptar',
  decline: 'Rechazar',
  admitted: (name) => (name ? `${name} está entrando…` : 'La otra persona está entrando…'),
}
