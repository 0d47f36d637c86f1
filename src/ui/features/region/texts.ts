import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

export const regionTexts = featureTexts(
  {
    title: 'Selected box',
    clear: 'Clear the box',
    stretch: (start: string, end: string): string => `${start} – ${end}`,
    share: (attention: string, times: string): string =>
      `${attention} of the overlay lies in the box, ${times}× what even attention would give.`,
    noShare: 'No window with sound was read here.',
    running: 'Reading the stretch…',
    result: (windows: number, model: string): string =>
      windows === 1
        ? `This stretch alone, one window, ${model}`
        : `This stretch alone, ${windows} windows, ${model}`,
    noPicture: 'The stretch can be read again once the spectrogram is there.',
    commands: { analyseRegion: 'Analyse this stretch' },
  },
  {
    title: '选定区域',
    clear: '清除区域',
    stretch: (start: string, end: string): string => `${start} – ${end}`,
    share: (attention: string, times: string): string =>
      `叠加图有 ${attention} 落在此区域，是均匀注意力的 ${times} 倍。`,
    noShare: '这里没有分析过有声窗口。',
    running: '正在分析此片段…',
    result: (windows: number, model: string): string => `仅此片段，${windows} 个窗口，${model}`,
    noPicture: '频谱图就绪后才能重新分析此片段。',
    commands: { analyseRegion: '分析此片段' },
  },
);
