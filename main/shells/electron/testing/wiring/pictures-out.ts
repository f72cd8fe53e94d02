import { deepEqual } from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { pageEvent } from '../fake-frame.ts'
import { startFakeShell } from '../start-fake-shell.ts'
import type { WiringPoint } from './wiring-point.ts'

const pictureId = '01890a5d-ac96-774b-bcce-b302099a8057'

export const picturesOut: readonly WiringPoint[] = [
  {
    name: 'a picture is dragged out and shown by its id',
    async check(code, folder) {
      const { electron, studio, contents } = await startFakeShell(code, folder)
      studio.pictureFolder = folder
      const call = (name: string, payload: unknown): unknown =>
        electron.invoke('easel:call', pageEvent(contents), name, payload)
      for (const name of ['dragPictureOut', 'showPictureFile'])
        deepEqual(await call(name, { pictureId }), { result: null })
      const file = join(folder, `${pictureId}.png`)
      deepEqual([contents.dragged, electron.shownFiles], [[{ file, icon: { file, width: 96 } }], [file]])
      for (const payload of [{}, { pictureId: '../../etc/passwd' }, { pictureId, file: '/etc/passwd' }]) {
        const answer = (await call('dragPictureOut', payload)) as { error?: { code: string } }
        deepEqual(answer.error?.code, 'invalidRequest')
      }
    },
  },
  {
    name: 'pictures are saved into a folder that the system’s dialog asks for, over no file',
    async check(code, folder) {
      const { electron, studio, contents } = await startFakeShell(code, folder)
      studio.pictureFolder = folder
      writeFileSync(join(folder, `${pictureId}.png`), 'a picture')
      const target = join(folder, 'target')
      const saved = join(target, `easel-${pictureId}.png`)
      mkdirSync(target)
      const save = (): unknown =>
        electron.invoke('easel:call', pageEvent(contents), 'savePictures', { pictureIds: [pictureId] })
      deepEqual(await save(), { result: { saved: 0 } })
      electron.chosenPaths = [target]
      deepEqual(await save(), { result: { saved: 1 } })
      deepEqual(readFileSync(saved, 'utf8'), 'a picture')
      writeFileSync(saved, 'changed by someone')
      deepEqual([await save(), readFileSync(saved, 'utf8')], [{ result: { saved: 0 } }, 'changed by someone'])
      deepEqual(electron.openDialogs[0], { properties: ['openDirectory', 'createDirectory'] })
    },
  },
  {
    name: 'what the page made may be saved, by the system’s own dialog, under a name without folders',
    async check(code, folder) {
      const { session } = await startFakeShell(code, folder)
      const suggested: unknown[] = []
      const item = {
        getURL: () => 'blob:app://easel/01890a5d',
        getFilename: () => '../../.bashrc',
        setSaveDialogOptions: (options: unknown) => suggested.push(options),
      }
      let isPrevented = false
      session.emit('will-download', { preventDefault: () => (isPrevented = true) }, item)
      deepEqual([isPrevented, suggested], [false, [{ defaultPath: '.bashrc' }]])
    },
  },
]
