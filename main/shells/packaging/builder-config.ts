import { join } from 'node:path'
import type { Configuration } from 'electron-builder'

import { linkScheme } from '#app/contract/studio-link.ts'
import { packFileExtension } from '../electron/links.ts'
import { flipAllFuses, linuxProgram } from './flip-fuses.ts'
import { noticeFiles } from './notices.ts'

export interface BuilderFolders {
  readonly repository: string
  /** What goes into the archive: see electron-package.ts. */
  readonly app: string
  readonly output: string
  /** The unpacked Electron of this machine's kind. */
  readonly electronDist: string
  readonly electronVersion: string
}

/** electron-builder's configuration. Each system builds its own installers, with Electron's binary that is installed there. */
export function builderConfig({
  repository,
  app,
  output,
  electronDist,
  electronVersion,
}: BuilderFolders): Configuration {
  // Inside the archive nobody would find them.
  const notices = noticeFiles.map((name) => ({ from: join(app, name), to: name }))
  return {
    appId: 'studio.easel.Easel',
    productName: 'Easel',
    copyright: 'The authors of Easel, Apache-2.0',
    directories: { app, output, buildResources: join(repository, 'main/shells/packaging/resources') },
    electronVersion,
    electronDist,
    electronLanguages: ['en-US', 'zh-CN'],
    files: ['**/*'],
    asar: true,
    // ONNX Runtime and the loader of native code read real files.
    asarUnpack: ['node_modules/**', 'models/**'],
    npmRebuild: false,
    nodeGypRebuild: false,
    buildDependenciesFromSource: false,
    publish: null,
    artifactName: 'easel-${version}-${os}-${arch}.${ext}',
    afterPack: flipAllFuses,
    protocols: [{ name: 'Easel', schemes: [linkScheme], role: 'Viewer' }],
    fileAssociations: [
      {
        ext: packFileExtension,
        name: 'Easel pack',
        description: 'A model for Easel',
        mimeType: 'application/x-easel-pack',
        role: 'Viewer',
      },
    ],
    linux: {
      extraFiles: notices,
      target: ['AppImage', 'deb'],
      category: 'Graphics',
      executableName: linuxProgram,
      syncDesktopName: true,
      icon: 'icons',
      synopsis: 'Draws pictures from words, on your own machine',
      maintainer: 'The authors of Easel',
    },
    mac: {
      // What lies in Contents itself counts as code, which codesign wants signed.
      extraResources: notices,
      target: ['dmg'],
      icon: 'icon.icns',
      category: 'public.app-category.graphics-design',
      hardenedRuntime: true,
      darkModeSupport: true,
    },
    win: { extraFiles: notices, target: ['nsis', 'portable', 'zip'], icon: 'icon.ico' },
    nsis: {
      oneClick: false,
      perMachine: false,
      allowToChangeInstallationDirectory: true,
      deleteAppDataOnUninstall: false,
    },
    portable: { artifactName: 'easel-${version}-portable-${arch}.${ext}' },
  }
}
