import { formatDateTime, formatNumber, formatTime, formatUnit } from '../../../i18n/format.ts'
import type { StatechartsTexts } from '../texts.ts'

export const statecharts: StatechartsTexts = {
  title: 'Máquinas de estados',
  documentTitle: 'Máquinas de estados · Duet',
  about: (machines) =>
    `${machines} máquinas de estados definem tudo o que pode acontecer em uma chamada. Estes diagramas são gerados a partir do código delas.`,

  live: {
    none: 'Nenhuma chamada está aberta neste navegador.',
    noneAdvice:
      'Participe de uma em outra aba, e os estados dos dois lados vão se acender aqui. Ou abra um rastro salvo.',
    otherTab: 'Ao vivo da chamada em outra aba.',
    tabClosed: 'A aba da chamada foi fechada. Estes são os últimos estados dela.',
    chooseCall: 'Chamada',
    call: (n, began) => `Chamada ${n}, iniciada às ${formatTime('pt', began)}`,
    pause: 'Pausar',
    follow: 'Voltar ao vivo',
    newer: (count) =>
      count === 0
        ? 'Nenhuma entrada nova'
        : count === 1
          ? '1 entrada nova'
          : `${formatNumber('pt', count)} entradas novas`,
  },

  file: {
    open: 'Abrir um rastro salvo',
    close: 'Fechar o rastro',
    drop: 'Solte o arquivo aqui',
    shown: (name, began) => `${name}, início: ${formatDateTime('pt', began)}.`,
    unreadable: (why) => `Não foi possível ler este arquivo. ${why}.`,
  },

  replay: {
    label: 'Replay',
    play: 'Reproduzir',
    pause: 'Pausar',
    position: 'Posição no rastro',
    progress: (position, length) => `Entrada ${formatNumber('pt', position)} de ${formatNumber('pt', length)}`,
    speed: (times) => (times === 1 ? 'Tempo real' : `${times} vezes mais rápido`),
  },

  machines: {
    label: 'Máquinas',
    names: {
      room: 'Sala',
      membership: 'Participação',
      signaling: 'Sinalização',
      call: 'Chamada',
      verification: 'Código de segurança',
      microphone: 'Microfone',
      camera: 'Câmera',
      screen: 'Tela',
      statusBanner: 'Aviso de status',
      quality: 'Qualidade',
      preparation: 'Preparação',
      transfer: 'Transferência de arquivo',
      chat: 'Chat',
      microphoneHint: 'Aviso do microfone',
      pushToTalk: 'Apertar para falar',
    },
    picture: (name) => `Diagrama: ${name}`,
    pictureNote: 'Escolha um estado para ver o que ele significa.',
    larger: 'Ampliar (+)',
    smaller: 'Reduzir (−)',
    fitAll: 'Ajustar à janela (0)',
    parallelNote: 'As regiões funcionam em paralelo, cada uma em um estado.',
    any: 'todos',
    anyLabel: 'em qualquer um destes estados',
  },

  places: {
    name: { here: 'este navegador', there: 'o outro navegador', server: 'o servidor' },
    shortLabel: (place, seat) => {
      if (place === 'server') return 'servidor'
      const side = place === 'here' ? 'aqui' : 'lá'
      return seat ? `${seat.toUpperCase()} ${side}` : side
    },
    laneLabel: (place, seat) => {
      if (place === 'server') return 'Servidor'
      if (seat) return `${seat.toUpperCase()}, ${place === 'here' ? 'aqui' : 'lá'}`
      return place === 'here' ? 'Aqui' : 'Lá'
    },
  },

  state: {
    title: 'Estado',
    transitions: 'Transições',
    handledWithoutTransition: 'Tratado aqui',
    leadsTo: 'para',
    always: 'automaticamente',
    inheritedFrom: (group) => `herdada de “${group}”`,
  },

  sequence: {
    title: 'Eventos',
    empty: 'Nada ainda.',
    seconds: (ms) => formatUnit('pt', 'second', ms / 1000, 2),
    label: 'Eventos entre os dois navegadores e o servidor, do mais antigo ao mais recente',
  },

  sandbox: {
    open: 'Abrir a área de testes',
    close: 'Fechar a área de testes',
    title: 'Área de testes',
    about: 'Envie eventos a esta máquina e veja o que ela faz. Nada chega a uma chamada nem a um dispositivo.',
    state: 'Estado',
    undo: 'Desfazer',
    reset: 'Recomeçar',
    send: (event) => `Enviar ${event}`,
    fields: 'Campos do evento, em JSON',
    invalidFields: 'Isso não é um objeto JSON.',
    badFields: (why) => `A máquina não consegue processar estes campos. ${why}`,
    stays: 'permanece',
    ignored: 'ignorado',
    after: (ms) => `após ${formatUnit('pt', 'second', ms / 1000, ms % 1000 === 0 ? 0 : 1)}`,
    guards: 'Condições',
    noGuard: 'sem condição',
    taken: 'seguida',
    isTrue: 'verdadeira',
    isFalse: 'falsa',
    isUnknown: 'desconhecida: falta um campo',
    actions: 'Ações desta etapa',
    noActions: 'Nenhuma.',
    effects: {
      send: (event, actor) => `enviar ${event} para ${actor}`,
      emit: (event) => `emitir ${event}`,
      start: (actor) => `iniciar o ator ${actor}`,
      stop: (actor) => `parar o ator ${actor}`,
      timer: (event, delay) => `iniciar um temporizador: ${event} ${delay}`,
      cancel: (event) => `parar o temporizador de ${event}`,
    },
    context: 'Contexto',
    noContext: 'Esta máquina não tem contexto.',
    changed: 'alterado',
    steps: 'Etapas',
    start: 'Início',
  },

  export: {
    title: 'Exportar',
    formats: { json: 'Definição (JSON)', mermaid: 'Mermaid', svg: 'Desenho (SVG)' },
    download: (format) => `Baixar: ${format}`,
    copy: (format) => `Copiar: ${format}`,
    copied: 'Copiado',
    copyFailed: 'Não foi possível copiar',
  },

  source: { title: 'Código-fonte', copy: (place) => `Copiar ${place}` },

  inspect: { open: 'Stately Inspector' },
}
