import { formatDateTime, formatNumber, formatTime, formatUnit } from '../../../i18n/format.ts'
import type { StatechartsTexts } from '../texts.ts'

export const statecharts: StatechartsTexts = {
  title: 'Máquinas de estados',
  documentTitle: 'Máquinas de estados · Duet',
  about: (machines) =>
    `${machines} máquinas de estados definen todo lo que puede pasar en una llamada. Estos diagramas se generan a partir de su código.`,

  live: {
    none: 'No hay ninguna llamada abierta en este navegador.',
    noneAdvice:
      'Entra en una desde otra pestaña y los estados de ambos lados se iluminarán aquí. O abre una traza guardada.',
    otherTab: 'En directo desde la llamada de otra pestaña.',
    tabClosed: 'La pestaña de la llamada se cerró. Estos son sus últimos estados.',
    chooseCall: 'Llamada',
    call: (n, began) => `Llamada ${n}, iniciada a las ${formatTime('es', began)}`,
  },

  file: {
    open: 'Abrir una traza guardada',
    close: 'Cerrar la traza',
    drop: 'Suelta el archivo aquí',
    shown: (name, began) => `${name}, inicio: ${formatDateTime('es', began)}.`,
    unreadable: (why) => `No se pudo leer este archivo. ${why}.`,
  },

  replay: {
    label: 'Reproducción',
    play: 'Reproducir',
    pause: 'Pausar',
    position: 'Posición en la traza',
    progress: (position, length) => `Entrada ${formatNumber('es', position)} de ${formatNumber('es', length)}`,
    speed: (times) => (times === 1 ? 'Tiempo real' : `${times} veces más rápido`),
  },

  machines: {
    label: 'Máquinas',
    names: {
      room: 'Sala',
      membership: 'Participación',
      signaling: 'Señalización',
      call: 'Llamada',
      verification: 'Código de seguridad',
      microphone: 'Micrófono',
      camera: 'Cámara',
      screen: 'Pantalla',
      statusBanner: 'Aviso de estado',
      quality: 'Calidad',
      preparation: 'Preparación',
      transfer: 'Transferencia de archivo',
      chat: 'Chat',
      microphoneHint: 'Aviso del micrófono',
      pushToTalk: 'Pulsar para hablar',
    },
    picture: (name) => `Diagrama: ${name}`,
    pictureNote: 'Elige un estado para ver qué significa.',
    larger: 'Acercar (+)',
    smaller: 'Alejar (−)',
    fitAll: 'Ajustar a la ventana (0)',
    parallelNote: 'Sus regiones funcionan en paralelo, cada una en un estado.',
    any: 'todos',
    anyLabel: 'en cualquiera de estos estados',
  },

  places: {
    name: { here: 'este navegador', there: 'el otro navegador', server: 'el servidor' },
    shortLabel: (place, seat) => {
      if (place === 'server') return 'servidor'
      const side = place === 'here' ? 'aquí' : 'allí'
      return seat ? `${seat.toUpperCase()} ${side}` : side
    },
    laneLabel: (place, seat) => {
      if (place === 'server') return 'Servidor'
      if (seat) return `${seat.toUpperCase()}, ${place === 'here' ? 'aquí' : 'allí'}`
      return place === 'here' ? 'Aquí' : 'Allí'
    },
  },

  state: {
    title: 'Estado',
    transitions: 'Transiciones',
    handledWithoutTransition: 'Se trata aquí',
    leadsTo: 'a',
    always: 'automáticamente',
    inheritedFrom: (group) => `heredada de «${group}»`,
  },

  sequence: {
    title: 'Eventos',
    empty: 'Nada todavía.',
    seconds: (ms) => formatUnit('es', 'second', ms / 1000, 2),
    label: 'Eventos entre los dos navegadores y el servidor, del más antiguo al más reciente',
  },
}
