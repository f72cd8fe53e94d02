import type { ErrorCode } from '#app/contract/errors.ts'
import type { GenerationState } from '#app/domain/generation.ts'

import type { ErrorText } from '../en/errors.ts'

export const errors: Record<ErrorCode, ErrorText> = {
  invalidRequest: { sentence: '画室无法处理这个请求。', action: '请按详情修改后再试。' },
  notFound: { sentence: '图库里已经没有它了。', action: '请刷新页面。' },
  packInvalid: { sentence: '有一个模型包没有通过检查。', action: '请重新安装这个模型包。' },
  packMissing: { sentence: '没有可用的模型包。', action: '请先安装模型包，再试一次。' },
  outOfMemory: { sentence: '内存不够完成这次绘制。', action: '请减少候选数量。' },
  engineDied: { sentence: '引擎在绘制途中停止了。', action: '请再试一次，已完成的图片都保留着。' },
  engineTimeout: { sentence: '引擎没有响应，已被结束。', action: '请减少候选数量后再试。' },
  libraryDamaged: { sentence: '图库文件已损坏。', action: '请重启 Easel：打开时会自动修复图库。' },
  libraryReadOnly: { sentence: '图库文件夹不可写。', action: '请允许写入，然后重启 Easel。' },
  libraryLocked: { sentence: '另一个 Easel 正在使用这个图库。', action: '请关闭另一个。' },
  storageFull: { sentence: '磁盘已满。', action: '请腾出一些空间，再试一次。' },
  storageFailed: { sentence: '磁盘没能保存图片。', action: '请检查磁盘，再试一次。' },
  notAllowed: { sentence: '画室拒绝了这个页面。', action: '请从启动 Easel 的地方重新打开。' },
  internal: { sentence: '出现了不该发生的错误。', action: '请再试一次；若仍然如此，请报告详情。' },
}

export const states: Record<GenerationState, string> = {
  queued: '等待中',
  running: '绘制中',
  finished: '已完成',
  cancelled: '已取消',
  failed: '失败',
}
