import type { Strings } from '../en.ts'

export const rail: Strings['rail'] = {
  name: '位置',
  create: '创作',
  library: '图库',
  packs: '模型包',
  settings: '设置',
  commands: '命令',
}

export const connection: Strings['connection'] = {
  lost: '画室没有响应，正在重试……',
  skip: '跳到画架',
}

export const notice: Strings['notice'] = {
  details: '详情',
  dismiss: '关闭',
  mended: '绘制会从最后完成的一行继续。',
}

export const drop: Strings['drop'] = {
  title: '放下图片',
  says: 'Easel 画的图片会恢复它的设置；其他图片会成为提示的一部分。',
}

export const toast: Strings['toast'] = {
  restored: '已恢复这张图片的设置。',
  restoredWithoutPicture: '设置已恢复，但它所依据的图片不在这个图库里。',
  restoredOtherPack: (pack) => `设置已恢复；它们用的模型包 ${pack} 没有安装。`,
  useAsPicture: '改用作图片提示',
  exported: '已保存。',
}

export const tour: Strings['tour'] = {
  name: '第一张图片',
  step: (n, of) => `第 ${n} 步，共 ${of} 步`,
  promptTitle: '说出想看到的画面',
  promptText: '一样东西、一种颜色、一个地方。有些词模型包更熟悉：选一个，或写自己的。',
  drawTitle: '看它画出来',
  drawWait: '按“生成”，或下面的按键。',
  drawText: '逐行绘制，同时画出许多答案。随时可以取消：画完的都会保留。',
  rankTitle: '最好的排在最前',
  rankText: 'CLIP 已经排好名次。给它打星、细看，或用文字改动一部分。',
  look: '看看最好的一张',
  next: '下一步',
  skip: '跳过',
  done: '完成',
  again: '再看一遍引导',
  againSays: '从提示词到第一张图片。',
}

export const palette: Strings['palette'] = {
  name: '命令',
  placeholder: '输入命令，或以前用过的提示词',
  nothing: '没有这个名字。',
  prompts: '提示词',
}

export const commands: Strings['commands'] = {
  generate: '生成',
  cancel: '取消绘制',
  focusPrompt: '写提示词',
  search: '搜索',
  rollSeed: '掷一个种子',
  toggleSeed: '锁定或解锁种子',
  resetSettings: '恢复模型包默认设置',
  goCreate: '前往创作',
  goLibrary: '前往图库',
  goPacks: '前往模型包',
  goSettings: '前往设置',
  palette: '命令',
  toggleHistory: '显示或隐藏提示词历史',
  toggleInsight: '显示或隐藏 N 选优',
  toggleTheme: '切换深色与浅色',
  compare: '对比所选图片',
  shortcuts: '键盘快捷键',
}
