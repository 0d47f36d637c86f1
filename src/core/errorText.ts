import type { AnalysisError, AnalysisErrorCode, AnalysisWarning, AnalysisWarningCode } from '#core/errors.ts';
import type { HostNotice, HostNoticeCode } from '#core/model/loading.ts';

/**
 * What a person reads when something goes wrong: one exhaustive table from codes to a title (what happened) and advice
 * (what to do), in both languages. The page and the command line use the same words. All results are plain text.
 */

export type TextLanguage = 'en' | 'zh';

export interface PlainText {
  readonly title: string;
  readonly advice: string;
}

type Details = Readonly<Record<string, string | number>>;
type Entry = PlainText | ((details: Details) => PlainText);
type Table<Code extends string> = Readonly<Record<Code, Readonly<Record<TextLanguage, Entry>>>>;

const decimal = (value: number, digits: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: digits, useGrouping: false });

/** Bytes as a size that people compare: "512 MB", "1.5 GB". */
function size(bytes: number): string {
  if (bytes >= 1e9) return `${decimal(bytes / 1e9, 1)} GB`;
  if (bytes >= 1e6) return `${decimal(bytes / 1e6, bytes < 1e7 ? 1 : 0)} MB`;
  if (bytes >= 1e3) return `${decimal(bytes / 1e3, 0)} kB`;
  return `${decimal(bytes, 0)} B`;
}

/** Seconds as "0.1 s", "75 min", "3 h 5 min". */
function length(seconds: number, language: TextLanguage): string {
  const zh = language === 'zh';
  if (seconds < 120) return `${decimal(seconds, 1)} ${zh ? '秒' : 's'}`;
  const minutes = Math.round(seconds / 60);
  const [h, min] = zh ? ['小时', '分钟'] : ['h', 'min'];
  if (minutes < 90) return `${minutes} ${min}`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} ${h}${rest === 0 ? '' : ` ${rest} ${min}`}`;
}

const figure = (details: Details, key: string): number | null => {
  const value = details[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
const word = (details: Details, key: string): string | null => {
  const value = details[key];
  return value === undefined || value === '' ? null : String(value);
};
/** What a file that is no audio holds instead, null where the first bytes do not say. */
function content(details: Details, language: TextLanguage): string | null {
  const found = word(details, 'found');
  if (found === null || found === 'unknown') return null;
  const zh = language === 'zh';
  if (found === 'text') return zh ? '纯文本' : 'plain text';
  if (found === 'html') return zh ? '网页' : 'a web page';
  return found.length <= 5 ? found.toUpperCase() : found;
}

/** The piece of text if its figure is there, else nothing: details help, they are never required. */
const given = <T>(value: T | null, text: (value: T) => string): string => (value === null ? '' : text(value));

const formatsEn = 'WAV, MP3, FLAC, Ogg Vorbis, Opus, M4A/AAC and WebM';
const formatsZh = 'WAV、MP3、FLAC、Ogg Vorbis、Opus、M4A/AAC 和 WebM';

/** What is wrong with a library archive (`ArchiveReason`), as a sentence. */
const archiveReasons = {
  en: (reason: string | null): string => {
    switch (reason) {
      case 'not-a-zip':
        return 'It is no zip file, or it is cut off.';
      case 'no-manifest':
        return 'It is a zip file of something else.';
      case 'too-expanded':
        return 'It claims to hold far more than a library can.';
      case 'no-records':
        return 'None of its results can be read.';
      default:
        return 'It is damaged.';
    }
  },
  zh: (reason: string | null): string => {
    switch (reason) {
      case 'not-a-zip':
        return '文件不是 zip，或不完整。';
      case 'no-manifest':
        return '这是其他内容的 zip 文件。';
      case 'too-expanded':
        return '文件声称的内容远超资料库应有的大小。';
      case 'no-records':
        return '其中的结果均无法读取。';
      default:
        return '文件已损坏。';
    }
  },
};

const errorTable: Table<AnalysisErrorCode> = {
  'empty-file': {
    en: {
      title: 'The file is empty',
      advice: 'It holds 0 bytes. Export or copy it again, then add it once more.',
    },
    zh: { title: '文件是空的', advice: '文件大小为 0 字节。请重新导出或复制后再添加。' },
  },
  'unreadable-file': {
    en: {
      title: 'The file could not be read',
      advice:
        'It may have been moved, renamed or locked since it was added. Check that it opens elsewhere, then add it again.',
    },
    zh: {
      title: '无法读取文件',
      advice: '文件在添加后可能被移动、改名或被其他程序占用。请确认它能正常打开，然后重新添加。',
    },
  },
  'unsupported-format': {
    en: (d) => ({
      title: 'This is not an audio format that can be read here',
      advice: `${given(content(d, 'en'), (v) => `Its content looks like ${v}. `)}Readable are ${formatsEn}. Convert the file, for instance to FLAC or WAV; renaming it is not enough.`,
    }),
    zh: (d) => ({
      title: '无法识别的音频格式',
      advice: `${given(content(d, 'zh'), (v) => `其内容看起来是 ${v}。`)}支持 ${formatsZh}。请先转换格式（例如 FLAC 或 WAV），仅修改扩展名是不够的。`,
    }),
  },
  'no-audio-track': {
    en: {
      title: 'The file has no sound in it',
      advice: 'It is a video or container without an audio track. Add the file that carries the sound.',
    },
    zh: { title: '文件中没有声音', advice: '这是一个没有音轨的视频或容器文件。请添加包含声音的文件。' },
  },
  'no-samples': {
    en: {
      title: 'The file holds no audio samples',
      advice:
        'There is a header and nothing, or almost nothing, after it; the export was probably interrupted. Export it again.',
    },
    zh: {
      title: '文件中没有音频数据',
      advice: '只有文件头，之后没有或几乎没有采样数据，可能是导出中断造成的。请重新导出。',
    },
  },
  'decode-failed': {
    en: {
      title: 'The sound could not be decoded',
      advice:
        'The file is damaged or uses a variant this browser does not know. Try playing it in another program and export it again as FLAC or WAV.',
    },
    zh: {
      title: '无法解码音频',
      advice:
        '文件可能已损坏，或使用了当前浏览器不支持的编码。请在其他软件中试听，并重新导出为 FLAC 或 WAV。',
    },
  },
  'file-too-large': {
    en: (d) => ({
      title: 'The file is too large',
      advice: `${given(figure(d, 'bytes'), (v) => `It has ${size(v)}. `)}${given(figure(d, 'limitBytes'), (v) => `The limit is ${size(v)}. `)}Cut it, or export the part you need in a compressed format.`,
    }),
    zh: (d) => ({
      title: '文件过大',
      advice: `${given(figure(d, 'bytes'), (v) => `文件大小为 ${size(v)}。`)}${given(figure(d, 'limitBytes'), (v) => `上限为 ${size(v)}。`)}请剪切文件，或将所需片段导出为压缩格式。`,
    }),
  },
  'file-too-long': {
    en: (d) => ({
      title: 'The recording is too long',
      advice: `${given(figure(d, 'durationSeconds'), (v) => `It lasts ${length(v, 'en')}. `)}${given(figure(d, 'limitSeconds'), (v) => `The limit is ${length(v, 'en')}. `)}Cut it into single pieces of music and add those.`,
    }),
    zh: (d) => ({
      title: '录音过长',
      advice: `${given(figure(d, 'durationSeconds'), (v) => `时长为 ${length(v, 'zh')}。`)}${given(figure(d, 'limitSeconds'), (v) => `上限为 ${length(v, 'zh')}。`)}请剪成单首曲目后再添加。`,
    }),
  },
  silent: {
    en: {
      title: 'There is only silence',
      advice: 'Every part of the file is silent, so no genre is named. Check the export and its levels.',
    },
    zh: { title: '文件中只有静音', advice: '所有片段均为静音，因此不给出流派。请检查导出设置和电平。' },
  },
  'model-missing': {
    en: (d) => ({
      title: 'The model was not found',
      advice: `${given(word(d, 'model'), (v) => `Wanted was “${v}”. `)}Choose another model, or check that its folder was put on the server with the page.`,
    }),
    zh: (d) => ({
      title: '找不到模型',
      advice: `${given(word(d, 'model'), (v) => `请求的模型是“${v}”。`)}请选择其他模型，或确认其文件夹已随页面一起部署到服务器。`,
    }),
  },
  'model-download-failed': {
    en: {
      title: 'The model could not be loaded',
      advice:
        'The connection broke, or you are offline and it was never stored here. Check the network and try again.',
    },
    zh: { title: '模型加载失败', advice: '网络连接中断，或当前离线且本机尚未保存该模型。请检查网络后重试。' },
  },
  'model-altered': {
    en: {
      title: 'The model file is not the one it should be',
      advice:
        'Its checksum differs from the manifest, so it is refused. Reload the page; if that does not help, the file on the server must be replaced.',
    },
    zh: {
      title: '模型文件与清单不符',
      advice: '校验和与清单不一致，因此拒绝使用。请重新加载页面；若仍失败，需要更换服务器上的文件。',
    },
  },
  'model-invalid': {
    en: {
      title: 'The model folder is not valid',
      advice: 'Its manifest or weights do not fit together. Use a complete model folder, or build it again.',
    },
    zh: { title: '模型文件夹无效', advice: '清单与权重不匹配。请使用完整的模型文件夹，或重新生成。' },
  },
  'checkpoint-refused': {
    en: (d) => ({
      title: 'The checkpoint was refused',
      advice: `${given(word(d, 'found'), (v) => `Found: ${v}. `)}Only plain tensors are read and nothing in the file is run. Save the model’s state_dict alone and import that.`,
    }),
    zh: (d) => ({
      title: '已拒绝该检查点文件',
      advice: `${given(word(d, 'found'), (v) => `发现：${v}。`)}只读取普通张量，不会执行文件中的任何内容。请单独保存模型的 state_dict 后再导入。`,
    }),
  },
  'backend-unavailable': {
    en: {
      title: 'The model cannot run in this browser',
      advice:
        'Neither WebGPU nor WebAssembly could be started as asked. Update the browser, or open the page without the “backend” parameter.',
    },
    zh: {
      title: '模型无法在此浏览器中运行',
      advice: 'WebGPU 和 WebAssembly 均无法按要求启动。请更新浏览器，或去掉网址中的 backend 参数后重新打开。',
    },
  },
  'backend-disagrees': {
    en: {
      title: 'The model computes wrong numbers on this machine',
      advice:
        'It did not reproduce its reference result, so it is not used. Update the graphics driver or the browser, or open the page with ?backend=wasm.',
    },
    zh: {
      title: '模型在本机上的计算结果不正确',
      advice: '未能重现参考结果，因此不使用。请更新显卡驱动或浏览器，或在网址后加 ?backend=wasm 打开页面。',
    },
  },
  'backend-lost': {
    en: {
      title: 'The graphics processor was lost',
      advice:
        'It went away during the analysis, for instance by sleep or a driver restart. Analyse the file again.',
    },
    zh: {
      title: '图形处理器已断开',
      advice: '分析过程中设备丢失，可能是休眠或驱动重启造成的。请重新分析该文件。',
    },
  },
  'out-of-memory': {
    en: {
      title: 'Not enough memory',
      advice: 'Close other tabs or programs, choose the small model, or cut the file into shorter pieces.',
    },
    zh: { title: '内存不足', advice: '请关闭其他标签页或程序，改用小模型，或将文件剪成较短的片段。' },
  },
  'report-invalid': {
    en: (d) => ({
      title: 'The result could not be read',
      advice: `${given(word(d, 'path'), (v) => `Wrong at: ${v}. `)}The file is damaged or was changed by another program, so nothing was taken over. Use an untouched copy, or analyse the audio again.`,
    }),
    zh: (d) => ({
      title: '无法读取该结果',
      advice: `${given(word(d, 'path'), (v) => `出错位置：${v}。`)}文件已损坏或被其他程序修改，未导入任何内容。请使用未改动的副本，或重新分析音频。`,
    }),
  },
  'report-too-new': {
    en: (d) => ({
      title: 'The result is from a newer version of this program',
      advice: `${given(figure(d, 'version'), (v) => `Its format is version ${decimal(v, 0)}. `)}${given(figure(d, 'supported'), (v) => `This program reads up to version ${decimal(v, 0)}. `)}Update the program, then open the file again; it has not been changed.`,
    }),
    zh: (d) => ({
      title: '该结果来自更新版本的程序',
      advice: `${given(figure(d, 'version'), (v) => `其格式版本为 ${decimal(v, 0)}。`)}${given(figure(d, 'supported'), (v) => `本程序最高支持版本 ${decimal(v, 0)}。`)}请更新程序后再打开该文件；文件未被改动。`,
    }),
  },
  'library-denied': {
    en: {
      title: 'The library is kept in this tab only',
      advice:
        'The browser denies storage here, as some do in private windows. Results are gone when the tab closes: export the library before.',
    },
    zh: {
      title: '资料库仅保存在当前标签页中',
      advice: '浏览器拒绝了存储（例如无痕窗口）。关闭标签页后结果将丢失，请事先导出资料库。',
    },
  },
  'library-too-new': {
    en: {
      title: 'The library was made by a newer version of this program',
      advice:
        'It was left as it is. New results are kept in this tab only. Reload the page to get the newer version.',
    },
    zh: {
      title: '资料库由本程序的更新版本创建',
      advice: '资料库保持原样，新的结果仅保存在当前标签页中。请重新加载页面以使用更新的版本。',
    },
  },
  'library-blocked': {
    en: {
      title: 'Another tab holds the library in an older form',
      advice: 'New results are kept in this tab only. Close the other tabs of this page and reload this one.',
    },
    zh: {
      title: '另一个标签页正以旧格式使用资料库',
      advice: '新的结果仅保存在当前标签页中。请关闭本页面的其他标签页，然后重新加载。',
    },
  },
  'library-full': {
    en: {
      title: 'There is no room left to keep this',
      advice:
        'Nothing is lost while this tab stays open. Free some disk space, or export the library and remove results you no longer need.',
    },
    zh: {
      title: '存储空间不足，无法保存',
      advice: '只要不关闭此标签页，内容就不会丢失。请释放磁盘空间，或导出资料库并移除不再需要的结果。',
    },
  },
  'library-failed': {
    en: {
      title: 'The library could not be read or written',
      advice:
        'What is new is kept in this tab only. Export the library, then reload the page; if it stays, restart the browser.',
    },
    zh: {
      title: '无法读写资料库',
      advice: '新的内容仅保存在当前标签页中。请导出资料库后重新加载页面；若仍失败，请重启浏览器。',
    },
  },
  'archive-invalid': {
    en: (d) => ({
      title: 'This library archive cannot be read',
      advice: `${archiveReasons.en(word(d, 'reason'))} Your library was not changed. Choose a file that ends with .acousticsense-library.zip, or copy it again from where it was exported.`,
    }),
    zh: (d) => ({
      title: '无法读取此资料库归档',
      advice: `${archiveReasons.zh(word(d, 'reason'))}您的资料库没有改变。请选择以 .acousticsense-library.zip 结尾的文件，或从导出处重新复制。`,
    }),
  },
  'archive-too-new': {
    en: {
      title: 'The archive was made by a newer version of this program',
      advice: 'Your library was not changed. Reload the page to get the newer version, then import again.',
    },
    zh: {
      title: '归档由本程序的更新版本创建',
      advice: '您的资料库没有改变。请重新加载页面以使用更新的版本，然后再次导入。',
    },
  },
  'archive-too-large': {
    en: {
      title: 'The library is too large for one archive',
      advice: 'One archive holds up to 4 GB. Select a part of the library and export that.',
    },
    zh: { title: '资料库过大，无法放入一个归档', advice: '一个归档最多 4 GB。请选择部分结果分别导出。' },
  },
  'not-our-picture': {
    en: {
      title: 'This picture holds no result',
      advice:
        'Only pictures saved by this program can be opened again. A copy made by another program, a chat or a website has lost what was inside: use the original file.',
    },
    zh: {
      title: '这张图片中没有分析结果',
      advice:
        '只有本程序保存的图片才能重新打开。经其他软件、聊天工具或网站转存的副本会丢失其中的数据，请使用原始文件。',
    },
  },
  'picture-damaged': {
    en: {
      title: 'The result in this picture is damaged',
      advice:
        'Its bytes are not what this program wrote; the copy may have been cut off. Use another copy of the picture, or analyse the audio again.',
    },
    zh: {
      title: '图片中的结果已损坏',
      advice: '文件内容与本程序写入的不一致，可能是复制时被截断。请换一份图片副本，或重新分析音频。',
    },
  },
  'font-missing': {
    en: {
      title: 'The font of the picture could not be loaded',
      advice: 'It is fetched once, with the first picture. Check the connection, then save again.',
    },
    zh: { title: '无法加载图片所用的字体', advice: '字体只在首次生成图片时下载一次。请检查网络后重新保存。' },
  },
  'folder-denied': {
    en: {
      title: 'The page may no longer write into the folder',
      advice: 'Nothing is lost: the pictures wait. Allow the folder again, choose another, or download them.',
    },
    zh: {
      title: '页面已没有写入该文件夹的权限',
      advice: '没有丢失任何内容，图片正在等待。请重新授权、选择其他文件夹，或直接下载。',
    },
  },
  'folder-gone': {
    en: {
      title: 'The folder for pictures is gone',
      advice:
        'It was moved, renamed or deleted. Nothing is lost: the pictures wait. Choose another folder, or download them.',
    },
    zh: {
      title: '存放图片的文件夹已不存在',
      advice: '它可能被移动、改名或删除。没有丢失任何内容，图片正在等待。请选择其他文件夹，或直接下载。',
    },
  },
  'folder-failed': {
    en: {
      title: 'The picture could not be written into the folder',
      advice:
        'The disk may be full or the folder protected. Nothing is lost: the pictures wait. Make room and try again, or download them.',
    },
    zh: {
      title: '无法将图片写入文件夹',
      advice: '磁盘可能已满，或文件夹受保护。没有丢失任何内容，图片正在等待。请腾出空间后重试，或直接下载。',
    },
  },
  cancelled: {
    en: { title: 'Cancelled', advice: 'You stopped this analysis. Start it again whenever you like.' },
    zh: { title: '已取消', advice: '您已停止该分析，可随时重新开始。' },
  },
  internal: {
    en: {
      title: 'Something went wrong in the program',
      advice:
        'This is a fault of ours, not of your file. Try again; if it stays, report the file kind and the browser.',
    },
    zh: {
      title: '程序内部出错',
      advice: '这是程序的问题，与您的文件无关。请重试；若仍出现，请反馈文件类型和浏览器版本。',
    },
  },
};

const warningTable: Table<AnalysisWarningCode> = {
  'shorter-than-header': {
    en: (d) => ({
      title: 'Shorter than its header says',
      advice: `${given(figure(d, 'decodedSeconds'), (v) => `${length(v, 'en')} could be decoded. `)}${given(figure(d, 'headerSeconds'), (v) => `The header promises ${length(v, 'en')}. `)}The file is probably truncated; the result describes what is there.`,
    }),
    zh: (d) => ({
      title: '实际时长短于文件头所示',
      advice: `${given(figure(d, 'decodedSeconds'), (v) => `实际解码 ${length(v, 'zh')}。`)}${given(figure(d, 'headerSeconds'), (v) => `文件头标明 ${length(v, 'zh')}。`)}文件可能被截断，结果仅针对现有部分。`,
    }),
  },
  'non-finite-samples': {
    en: (d) => ({
      title: 'Invalid samples were silenced',
      advice: `${given(figure(d, 'samples'), (v) => `Samples concerned: ${decimal(v, 0)}. `)}The file holds values that are not numbers; they count as zero. Check the program that wrote it.`,
    }),
    zh: (d) => ({
      title: '无效采样已置零',
      advice: `${given(figure(d, 'samples'), (v) => `涉及采样数：${decimal(v, 0)}。`)}文件包含非数值采样，已按零处理。请检查生成该文件的软件。`,
    }),
  },
  'looped-to-one-window': {
    en: (d) => ({
      title: 'Short sound, repeated to fill one window',
      advice: `${given(figure(d, 'seconds'), (v) => `It lasts ${length(v, 'en')}. `)}${given(figure(d, 'windowSeconds'), (v) => `The model listens to ${length(v, 'en')} at a time. `)}Read the result with care; a longer excerpt says more.`,
    }),
    zh: (d) => ({
      title: '声音较短，已循环填满一个窗口',
      advice: `${given(figure(d, 'seconds'), (v) => `时长为 ${length(v, 'zh')}。`)}${given(figure(d, 'windowSeconds'), (v) => `模型每次聆听 ${length(v, 'zh')}。`)}请谨慎解读结果；较长的片段更可靠。`,
    }),
  },
  'silent-windows-skipped': {
    en: (d) => ({
      title: 'Silent parts were left out',
      advice: `${given(figure(d, 'skipped'), (v) => `Silent windows: ${decimal(v, 0)}. `)}They carry no prediction and do not count in the result of the track.`,
    }),
    zh: (d) => ({
      title: '已跳过静音片段',
      advice: `${given(figure(d, 'skipped'), (v) => `静音窗口数：${decimal(v, 0)}。`)}这些窗口没有预测，也不计入整曲结果。`,
    }),
  },
  'windows-sampled': {
    en: (d) => ({
      title: 'Read in samples',
      advice: `${given(figure(d, 'read'), (read) => given(figure(d, 'windows'), (v) => `${decimal(read, 0)} of ${decimal(v, 0)} windows were read, evenly spread over the track. `))}This is faster and approximate; an analysis of all windows may come to another result.`,
    }),
    zh: (d) => ({
      title: '抽样分析',
      advice: `${given(figure(d, 'read'), (read) => given(figure(d, 'windows'), (v) => `在整曲中均匀抽取了 ${decimal(v, 0)} 个窗口中的 ${decimal(read, 0)} 个。`))}速度更快，但结果为近似值；分析全部窗口可能得到不同结果。`,
    }),
  },
  'backend-changed': {
    en: (d) => ({
      title: 'The backend changed during the analysis',
      advice: `${given(word(d, 'from'), (from) => given(word(d, 'to'), (to) => `From ${from} to ${to}. `))}All windows are complete; the numbers may differ in the last digits. Analyse again for a result from one backend.`,
    }),
    zh: (d) => ({
      title: '分析过程中切换了后端',
      advice: `${given(word(d, 'from'), (from) => given(word(d, 'to'), (to) => `从 ${from} 切换到 ${to}。`))}所有窗口均已完成，末位数字可能略有差异。如需单一后端的结果，请重新分析。`,
    }),
  },
};

const noticeTable: Table<HostNoticeCode> = {
  'no-webgpu': {
    en: {
      title: 'No WebGPU here',
      advice:
        'The model runs on the processor instead: the same result, slower. A recent Chrome, Edge or Safari with a graphics card is faster.',
    },
    zh: {
      title: '此处没有 WebGPU',
      advice: '模型改在处理器上运行：结果相同，速度较慢。使用带显卡的新版 Chrome、Edge 或 Safari 会更快。',
    },
  },
  'software-webgpu': {
    en: {
      title: 'WebGPU is emulated in software',
      advice:
        'It is slower than the processor path, so it is used only when asked for. Turn on hardware acceleration in the browser’s settings.',
    },
    zh: {
      title: 'WebGPU 由软件模拟',
      advice: '其速度低于处理器路径，仅在明确要求时使用。请在浏览器设置中开启硬件加速。',
    },
  },
  'webgpu-lost': {
    en: {
      title: 'The graphics processor was lost',
      advice:
        'The analysis goes on with the next backend. Reload the page to use the graphics processor again.',
    },
    zh: { title: '图形处理器已断开', advice: '分析将使用下一个后端继续。重新加载页面可再次使用图形处理器。' },
  },
  'not-isolated': {
    en: {
      title: 'Only one processor thread can be used',
      advice:
        'The server does not send the isolation headers (COOP and COEP), so the analysis is slower. Ask whoever hosts the page to add them.',
    },
    zh: {
      title: '只能使用一个处理器线程',
      advice: '服务器未发送隔离标头（COOP 和 COEP），分析会较慢。请联系页面的部署者添加。',
    },
  },
  'insecure-context': {
    en: {
      title: 'The page was not opened securely',
      advice:
        'Without HTTPS or localhost the browser withholds WebGPU, threads and storage. Open the page through https:// or localhost.',
    },
    zh: {
      title: '页面未通过安全连接打开',
      advice:
        '没有 HTTPS 或 localhost，浏览器不提供 WebGPU、多线程和存储。请通过 https:// 或 localhost 打开。',
    },
  },
  'not-stored': {
    en: {
      title: 'The model could not be kept on this machine',
      advice:
        'Storage is full or denied, so it is downloaded at every visit. Free some space, or leave private browsing.',
    },
    zh: {
      title: '模型无法保存到本机',
      advice: '存储空间已满或被拒绝，每次访问都需重新下载。请释放空间，或退出无痕模式。',
    },
  },
  offline: {
    en: {
      title: 'You are offline',
      advice:
        'Everything that is stored on this machine goes on working. A model that was never loaded here needs the network once.',
    },
    zh: {
      title: '当前处于离线状态',
      advice: '已保存在本机的内容可继续使用。从未在此加载过的模型需要联网一次。',
    },
  },
};

const read = (entry: Entry, details: Details): PlainText =>
  typeof entry === 'function' ? entry(details) : entry;

/** Title and advice for an expected failure. Plain text in the given language; never markup. */
export function errorText(error: AnalysisError, language: TextLanguage): PlainText {
  return read(errorTable[error.code][language], error.details ?? {});
}

/** Title and advice for something worth knowing about a result that exists all the same. */
export function warningText(warning: AnalysisWarning, language: TextLanguage): PlainText {
  return read(warningTable[warning.code][language], warning.details);
}

/** Title and advice for what this host lacks or does differently. */
export function noticeText(notice: HostNotice, language: TextLanguage): PlainText {
  return read(noticeTable[notice.code][language], {});
}
