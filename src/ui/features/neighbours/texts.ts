import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

export const neighboursTexts = featureTexts(
  {
    title: 'Near genres',
    measure:
      'How alike each genre is to this track: its similarity in the model’s last layer, weighted by the track’s probabilities. 0 to 1.',
    none: 'No other genre comes near.',
    otherModel: 'Shown once the model of this result is loaded, if it says which genres lie close together.',
    through: (genre: string) => `through ${genre}`,
    likeTitle: 'Tracks like this one',
    likeMeasure:
      'Nearest in the library by Hellinger distance of the probabilities: 0 is equal, 1 has nothing in common.',
    likeNone: 'The library has no other track from this model yet.',
    distance: 'distance',
    open: (name: string) => `Open ${name}`,
    knownTitle: 'Opened from the library',
    knownAdvice: (date: string) => `This file was analysed on ${date}; nothing had to be computed again.`,
    analyseAgain: 'Analyse again',
  },
  {
    title: '相近流派',
    measure: '各流派与这首曲目的相似程度：模型最后一层中的相似度，按曲目的概率加权。范围 0 到 1。',
    none: '没有其他相近的流派。',
    otherModel: '加载此结果所用的模型后显示（如果该模型提供流派之间的相似度）。',
    through: (genre: string) => `经由${genre}`,
    likeTitle: '相似曲目',
    likeMeasure: '资料库中概率的海林格距离最近的曲目：0 表示相同，1 表示毫无共同之处。',
    likeNone: '资料库中还没有同一模型的其他曲目。',
    distance: '距离',
    open: (name: string) => `打开 ${name}`,
    knownTitle: '已从资料库打开',
    knownAdvice: (date: string) => `此文件已于 ${date} 分析过，无需重新计算。`,
    analyseAgain: '重新分析',
  },
);
