import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

export const noticesTexts = featureTexts(
  {
    updateReady: 'A new version is ready.',
    updateAdvice: 'The list of files is emptied when the page is loaded again; results stay in the library.',
    updateAtWork: 'Files are still being analysed.',
    updateWished: 'It is loaded when the last file is done.',
    reloadNow: 'Reload now',
    reloadLater: 'Reload when done',
  },
  {
    updateReady: '新版本已就绪。',
    updateAdvice: '重新加载会清空文件列表；结果保留在资料库中。',
    updateAtWork: '仍有文件正在分析。',
    updateWished: '最后一个文件完成后将自动加载。',
    reloadNow: '立即重新加载',
    reloadLater: '完成后重新加载',
  },
);
