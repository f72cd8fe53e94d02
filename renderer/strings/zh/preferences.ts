import type { Strings } from '../en.ts'

export const preferences: Strings['preferences'] = {
  name: '设置',
  look: '外观',
  theme: '主题',
  themes: { system: '跟随系统', dark: '深色', light: '浅色' },
  language: '语言',
  languages: { system: '跟随系统', en: 'English', zh: '中文' },
  keys: '键盘',
  keySearch: '搜索快捷键',
  change: (command) => `修改快捷键：${command}`,
  pressKeys: '请按键……',
  keyTaken: (command) => `已用于：${command}`,
  keyReset: '恢复原来的按键',
  about: '关于',
  version: '版本',
  shell: '外壳',
  shells: { electron: '桌面窗口', browser: '浏览器', cli: '命令行' },
  offline: 'Easel 不需要网络。你写的、画的都不会离开这台机器。',
}

export const care: Strings['care'] = {
  name: '图库维护',
  verify: '全面检查',
  rebuild: '收回散落的文件',
  repair: '修复',
  working: '进行中……',
  sound: (pictures) => `已检查 ${pictures} 张图片，没有问题`,
  problems: (count) => `发现 ${count} 个问题。“修复”会处理能处理的部分。`,
  rebuilt: (added) => (added === 0 ? '没有散落的文件' : `收回了 ${added} 张`),
  nothingToRepair: '无需修复',
  repaired: (pictures) => `已修复：${pictures} 张图片`,
  restored: (pictures) => `已恢复：${pictures} 张图片`,
  backups: '备份',
  restore: '恢复……',
  sure: '回到这个备份？',
  restoreNow: '恢复',
  cancel: '取消',
  scoresBy: '显示的分数',
  ownScores: '由绘制图片的模型包给出',
  scored: (scored, all) => `${all} 张图片中已评分 ${scored} 张`,
}

export const labels: Strings['labels'] = {
  name: '分类标签',
  says: 'CLIP 会把每张图片与这些词比较，可据此筛选图库；一切都在这台机器上进行。',
  template: '模板',
  templateSays: '{} 代表标签。',
  list: '标签，每行一个',
  add: '添加标签',
  none: '还没有标签。',
  remove: (name) => `移除标签 ${name}`,
  scored: (n) => `已比较 ${n} 张`,
  waiting: (n) => `还剩 ${n} 张`,
  filter: '分类标签',
  least: '与标签的最低相似度',
  show: (name) => `显示像 ${name} 的图片`,
  noRanking: '没有安装带 CLIP 的模型包，无法比较图片与文字。',
}

export const bugReport: Strings['bugReport'] = {
  name: '问题报告',
  says: '包含版本、机器、模型包、图库和日志，不含提示词和图片。不会自动发送：请先看过，再自己发送。',
  make: '生成报告',
  copy: '复制报告',
  copied: '已复制',
}
