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
}
