import type { Strings } from '../en.ts'

export const history: Strings['history'] = {
  name: '提示词历史',
  search: '搜索提示词',
  empty: '试过的每条提示词都会留在这里。',
  nothing: '没有包含这些词的提示词。',
  today: '今天',
  yesterday: '昨天',
  more: '显示更早的',
  runAgain: (prompt) => `再画一次：${prompt}`,
  copySettings: (prompt) => `复制设置：${prompt}`,
  pictures: (n) => `${n} 张图片`,
  queueCount: (n) => `队列中有 ${n} 次绘制`,
  pause: '暂停',
  resume: '继续',
  moveFirst: (prompt) => `下一个就画：${prompt}`,
  pinned: '已置顶',
  pin: (prompt) => `置顶：${prompt}`,
  unpin: (prompt) => `取消置顶：${prompt}`,
  hide: '隐藏提示词历史',
  show: '显示提示词历史',
}
