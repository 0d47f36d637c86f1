import { analyse } from '#core/pipeline/analyse.ts';
import { readUrlParameters } from '#app/urlParameters.ts';
import {
  allowArchiveFolder,
  archiveFolder,
  chooseArchiveFolder,
  forgetArchiveFolder,
  writeToArchiveFolder,
} from '#platform/archiveFolder.ts';
import { createAudioFileReader } from '#platform/decodeAudio.ts';
import { createFrontEndPort } from '#platform/dspClient.ts';
import { createOfflinePort } from '#platform/offline.ts';
import { createModelLoader } from '#platform/modelLoader.ts';
import { saveDownload } from '#platform/download.ts';
import { createBrowserLibrary } from '#platform/library/browserLibrary.ts';
import { estimateSpace } from '#platform/storageSpace.ts';
import { paintThumbnail } from '#platform/thumbnails.ts';
import { createPlayer } from '#platform/player.ts';
import type { HostPorts } from '#state/ports.ts';
import { createWorkbench, type Workbench } from '#state/workbench.ts';

/** Some browsers throw at the mere mention of storage they deny. */
function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

const program = { name: 'AcousticSense AI', version: import.meta.env.VITE_PROGRAM_VERSION ?? '0.1.0' };

const ports: HostPorts = {
  audio: createAudioFileReader(),
  models: createModelLoader(),
  frontEnd: createFrontEndPort(),
  pictures: {
    // Not needed before someone saves or reopens: it stays out of the first load.
    compose: async (...input) => (await import('#platform/pictureExport.ts')).composePicture(...input),
    reopen: async (file) => (await import('#platform/reopenPicture.ts')).reopenPicture(file),
    folder: archiveFolder,
    chooseFolder: chooseArchiveFolder,
    allowFolder: allowArchiveFolder,
    forgetFolder: forgetArchiveFolder,
    write: ({ png, fileName }) => writeToArchiveFolder(png, fileName),
  },
  library: createBrowserLibrary(program),
  thumbnails: { paint: paintThumbnail },
  downloads: { save: saveDownload },
  // Not needed before someone exports.
  exports: { open: async (...input) => (await import('#platform/exporter.ts')).openExport(...input) },
  space: { estimate: estimateSpace },
  player: createPlayer(),
  sounds: {
    // Not needed before somebody plays.
    exact: async (...input) => (await import('#platform/renderedSound.ts')).exactSound(...input),
    weigh: async (...input) => (await import('#platform/renderedSound.ts')).weighedSound(...input),
  },
  offline: createOfflinePort(),
  clock: { nowMs: () => performance.now(), isoDate: () => new Date().toISOString() },
};

/** Puts the browser's ports into the state. Wiring only: what anything does is decided elsewhere. */
export function compose(): Workbench {
  return createWorkbench({
    ports,
    analyse,
    program,
    storage: storage(),
    languages: navigator.languages,
    ...readUrlParameters(location.search),
  });
}
