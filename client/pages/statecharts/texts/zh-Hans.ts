import { formatDateTime, formatNumber, formatTime, formatUnit } from '../../../i18n/format.ts'
import type { StatechartsTexts } from '../texts.ts'

export const statecharts: StatechartsTexts = {
  title: '状态机',
  documentTitle: '状态机 · Duet',
  about: (machines) => `通话中可能发生的一切，都由 ${machines} 个状态机定义。这些图由它们的代码生成。`,

  live: {
    none: '此浏览器中没有打开的通话。',
    noneAdvice: '在另一个标签页加入通话，双方的状态就会在这里亮起。也可以打开保存的跟踪记录。',
    otherTab: '来自另一个标签页中的通话，实时更新。',
    tabClosed: '通话的标签页已关闭，这是最后的状态。',
    chooseCall: '通话',
    call: (n, began) => `通话 ${n}，开始于 ${formatTime('zh-Hans', began)}`,
    pause: '暂停',
    follow: '回到实时',
    newer: (count) => (count === 0 ? '没有更新的记录' : `${formatNumber('zh-Hans', count)} 条更新的记录`),
  },

  file: {
    open: '打开跟踪记录',
    close: '关闭跟踪记录',
    drop: '把文件拖放到这里',
    shown: (name, began) => `${name}，开始于 ${formatDateTime('zh-Hans', began)}。`,
    unreadable: (why) => `无法读取此文件（${why}）。`,
  },

  replay: {
    label: '回放',
    play: '播放',
    pause: '暂停',
    position: '回放位置',
    progress: (position, length) =>
      `第 ${formatNumber('zh-Hans', position)} 条，共 ${formatNumber('zh-Hans', length)} 条`,
    speed: (times) => (times === 1 ? '原速' : `${times} 倍速`),
  },

  machines: {
    label: '状态机',
    names: {
      room: '房间',
      membership: '成员资格',
      signaling: '信令',
      call: '通话',
      verification: '安全码',
      microphone: '麦克风',
      camera: '摄像头',
      screen: '屏幕',
      statusBanner: '状态横幅',
      quality: '质量',
      preparation: '预先连接',
      transfer: '文件传输',
      chat: '聊天',
      microphoneHint: '麦克风提示',
      pushToTalk: '按住说话',
    },
    picture: (name) => `“${name}”状态图`,
    pictureNote: '选择一个状态，查看它的含义。',
    larger: '放大 (+)',
    smaller: '缩小 (−)',
    fitAll: '适应窗口 (0)',
    parallelNote: '各区域并行运行，每个区域各有一个状态。',
    any: '任一',
    anyLabel: '处于其中任一状态时',
  },

  places: {
    name: { here: '此浏览器', there: '对方的浏览器', server: '服务器' },
    shortLabel: (place, seat) => {
      if (place === 'server') return '服务器'
      const side = place === 'here' ? '本端' : '对端'
      return seat ? `${seat.toUpperCase()} ${side}` : side
    },
    laneLabel: (place, seat) => {
      if (place === 'server') return '服务器'
      const side = place === 'here' ? '本端' : '对端'
      return seat ? `${seat.toUpperCase()}，${side}` : side
    },
  },

  state: {
    title: '状态',
    transitions: '转换',
    handledWithoutTransition: '在此状态内处理',
    leadsTo: '转到',
    always: '自动',
    inheritedFrom: (group) => `继承自“${group}”`,
  },

  sequence: {
    title: '事件',
    empty: '暂无事件。',
    seconds: (ms) => formatUnit('zh-Hans', 'second', ms / 1000, 2),
    label: '两个浏览器与服务器之间的事件，最早的在前',
  },

  sandbox: {
    open: '打开沙盒',
    close: '关闭沙盒',
    title: '沙盒',
    about: '向这个状态机发送事件，看看它会怎么做。这里的操作不会影响通话或设备。',
    state: '状态',
    undo: '撤销',
    reset: '重新开始',
    send: (event) => `发送 ${event}`,
    fields: '事件的字段（JSON）',
    invalidFields: '这不是 JSON 对象。',
    badFields: (why) => `状态机无法处理这些字段。${why}`,
    stays: '不变',
    ignored: '忽略',
    after: (ms) => `${formatUnit('zh-Hans', 'second', ms / 1000, ms % 1000 === 0 ? 0 : 1)}后`,
    guards: '守卫条件',
    noGuard: '无守卫条件',
    taken: '执行',
    isTrue: '真',
    isFalse: '假',
    isUnknown: '未知：缺少字段',
    actions: '这一步的动作',
    noActions: '无。',
    effects: {
      send: (event, actor) => `将 ${event} 发送给 ${actor}`,
      emit: (event) => `发出 ${event}`,
      start: (actor) => `启动 actor ${actor}`,
      stop: (actor) => `停止 actor ${actor}`,
      timer: (event, delay) => `启动计时器：${event}，${delay}`,
      cancel: (event) => `停止 ${event} 的计时器`,
    },
    context: '上下文',
    noContext: '这个状态机没有上下文。',
    changed: '已更改',
    steps: '步骤',
    start: '起点',
  },

  export: {
    title: '导出',
    formats: { json: '定义（JSON）', mermaid: 'Mermaid', svg: '图（SVG）' },
    download: (format) => `下载：${format}`,
    copy: (format) => `复制：${format}`,
    copied: '已复制',
    copyFailed: '无法复制',
  },

  source: { title: '源代码', copy: (place) => `复制 ${place}` },

  inspect: { open: 'Stately Inspector' },
}
