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
    pause: 'Pausar',
    follow: 'Volver al directo',
    newer: (count) =>
      count === 0
        ? 'No hay entradas nuevas'
        : count === 1
          ? '1 entrada nueva'
          : `${formatNumber('es', count)} entradas nuevas`,
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

  sandbox: {
    open: 'Abrir la zona de pruebas',
    close: 'Cerrar la zona de pruebas',
    title: 'Zona de pruebas',
    about: 'Envía eventos a esta máquina y mira qué hace. Nada llega a una llamada ni a un dispositivo.',
    state: 'Estado',
    undo: 'Deshacer',
    reset: 'Volver a empezar',
    send: (event) => `Enviar ${event}`,
    fields: 'Campos del evento, en JSON',
    invalidFields: 'Eso no es un objeto JSON.',
    badFields: (why) => `La máquina no puede procesar estos campos. ${why}`,
    stays: 'se queda',
    ignored: 'se ignora',
    after: (ms) => `tras ${formatUnit('es', 'second', ms / 1000, ms % 1000 === 0 ? 0 : 1)}`,
    guards: 'Condiciones',
    noGuard: 'sin condición',
    taken: 'tomada',
    isTrue: 'verdadera',
    isFalse: 'falsa',
    isUnknown: 'desconocida: falta un campo',
    actions: 'Acciones de este paso',
    noActions: 'Ninguna.',
    effects: {
      send: (event, actor) => `enviar ${event} a ${actor}`,
      emit: (event) => `emitir ${event}`,
      start: (actor) => `iniciar el actor ${actor}`,
      stop: (actor) => `detener el actor ${actor}`,
      timer: (event, delay) => `iniciar un temporizador: ${event} ${delay}`,
      cancel: (event) => `detener el temporizador de ${event}`,
    },
    context: 'Contexto',
    noContext: 'Esta máquina no tiene contexto.',
    changed: 'cambiado',
    steps: 'Pasos',
    start: 'Inicio',
  },

  export: {
    title: 'Exportar',
    formats: { json: 'Definición (JSON)', mermaid: 'Mermaid', svg: 'Dibujo (SVG)' },
    download: (format) => `Descargar: ${format}`,
    copy: (format) => `Copiar: ${format}`,
    copied: 'Copiado',
    copyFailed: 'No se pudo copiar',
  },

  source: { title: 'Código fuente', copy: (place) => `Copiar ${place}` },

  inspect: { open: 'Stately Inspector' },
}
