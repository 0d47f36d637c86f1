import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

export const ribbonTexts = featureTexts(
  {
    title: 'Genres over time',
    /** Two or three letters: the cell is as wide as the axis. */
    all: 'All',
    track: 'All windows: the whole track',
    name: (index: number): string => `Window ${index}`,
    span: (start: string, end: string): string => `${start} to ${end}`,
    silent: 'silence, no prediction',
    pending: 'The genres appear here as the windows are analysed',
    other: 'Other genres',
    hint: 'Choose a stretch with the arrow keys; Escape is the whole track.',
  },
  {
    title: '流派随时间的变化',
    all: '全曲',
    track: '全曲：所有窗口',
    name: (index: number): string => `窗口 ${index}`,
    span: (start: string, end: string): string => `${start} 至 ${end}`,
    silent: '静音，无预测',
    pending: '窗口分析完成后，流派将显示在这里',
    other: '其他流派',
    hint: '用方向键选择时间段；按 Esc 返回全曲。',
  },
);
