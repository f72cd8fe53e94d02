import type { TemplateId } from '#renderer/state/prompt-templates.ts'

import type { Strings } from '../en.ts'

export const prompt: Strings['prompt'] = {
  panel: '提示词与设置',
  label: '提示词',
  placeholder: 'A red apple on a white background',
  tokens: (used, limit) => `${used} / ${limit} 个词元`,
  cutOff: (text) => `对这个模型包来说太长，未读入：“${text}”`,
  variables: (n) => `变量展开为 ${n} 条提示词`,
  tooMany: (n, limit) => `变量展开为 ${n} 条提示词，一次最多 ${limit} 条。`,
  templates: '模板',
  templatesHint: '可以由此开始的句式。花括号会逐个尝试：{red|blue}。',
  generate: '生成',
  generateMany: (n) => `生成 ${n} 条提示词`,
  generateHint: '画出所有候选，再排出名次',
  noPack: '没有安装模型包',
  pack: '模型包',
}

export const words: Strings['words'] = {
  title: (n) => `它认识的词（${n} 种事物）`,
  hint: '这个模型包只学过这些。点一下即可放进提示词。',
  colors: '颜色',
  backgrounds: '背景',
  styles: '风格',
  things: '事物',
  find: '查找事物',
  clear: '清除',
  none: (text) => `它没有学过“${text}”。`,
  surprise: '给我惊喜：一条这个模型包擅长的提示词',
  unknown: (words) => `模型包没有学过${words.map((word) => `“${word}”`).join('、')}，只能猜测。`,
}

export const templateNames: Record<TemplateId, string> = {
  colours: '颜色',
  grounds: '背景',
  counts: '数量',
  above: '一上一下',
  beside: '并排',
  corner: '在角落',
  sketch: '素描',
  panels: '上下两格',
  colourPanels: '上下两格，换颜色',
  madeOf: '材质',
  shape: '形状',
  stack: '叠放',
  style: '风格',
  wearing: '穿戴',
  doing: '动作',
}

export const starters: Strings['starters'] = [
  'a red apple',
  'a yellow cat face',
  'a blue car',
  'a green tree',
  'a pizza',
  'a snowman',
]

export const settings: Strings['settings'] = {
  title: '设置',
  reset: '恢复模型包默认值',
  presets: '预设',
  presetNone: '选择预设……',
  presetName: '预设名称',
  presetSave: '存为预设',
  presetDelete: (name) => `删除预设 ${name}`,
  candidates: '候选数量',
  candidatesSays: (n, canRank) => {
    if (n === 1) return '只画一张。'
    return canRank ? `画 ${n} 张，由 CLIP 把最好的排在前面。` : `画 ${n} 张；这个模型包不能用 CLIP 排名。`
  },
  guidance: '引导强度',
  guidanceSays: (s) => {
    if (s < 1) return '低于 1 时，文字的作用反而减弱。'
    if (s === 1) return '关闭：按模型学到的方式理解文字。'
    if (s <= 4) return '更贴近文字。'
    return '非常贴近文字，形状可能变得生硬。'
  },
  temperature: '温度',
  temperatureSays: (t) => {
    if (t === 0) return '总取最可能的码：所有候选都一样。'
    if (t < 0.8) return '谨慎：更常选可能性大的码。'
    if (t <= 1.1) return '和训练数据一样多变。'
    return '大胆：少见的码也有机会，噪点也是。'
  },
  topP: 'Top-p',
  topPSays: (p) => (p === 1 ? '所有码都可能被选中。' : `只取合计占 ${Math.round(p * 100)}% 的最可能的码。`),
  topK: 'Top-k',
  topKSays: (k) => (k === 0 ? '不限制码的数量。' : `只取最可能的 ${k} 个码。`),
  seed: '种子',
  seedRandom: '每次新取',
  seedLocked: '相同的种子得到相同的图片。',
  seedFree: '每次绘制取一个新种子，并记录下来。',
  seedLock: '锁定种子',
  seedRoll: '掷一个种子',
}

export const imagePrompt: Strings['imagePrompt'] = {
  title: '图片提示',
  says: (kept, all) => `保留 ${all} 格中的 ${kept} 格，其余重画。`,
  edit: '修改保留区域',
  remove: '移除图片提示',
  alt: '图片提示',
  coloursStay: '颜色保留。',
  coloursNew: '颜色重选。',
}
