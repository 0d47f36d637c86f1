import type { DescriptorName } from '#core/descriptors/trackDescriptors.ts';
import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

interface DescriptorsTexts {
  readonly title: string;
  readonly names: Readonly<Record<DescriptorName, string>>;
  /** Empty for a plain number. */
  readonly units: Readonly<Record<DescriptorName, string>>;
  /** What the figure says, in one line. */
  readonly meanings: Readonly<Record<DescriptorName, string>>;
  /** Why there is no figure. */
  readonly reasons: Readonly<Record<DescriptorName, string>>;
  /** The result as a whole has none. */
  readonly none: string;
  readonly usual: (from: string, to: string) => string;
  readonly legend: string;
}

export const descriptorsTexts = featureTexts<DescriptorsTexts>(
  {
    title: 'Descriptors',
    names: {
      tempoBpm: 'Tempo',
      spectralCentroidHz: 'Spectral centroid',
      spectralFlatness: 'Spectral flatness',
      spectralIrregularity: 'Spectral irregularity',
      lowBandRhythmicContrastDb: 'Low-band rhythm',
      percussiveToHarmonicDb: 'Percussive / harmonic',
      integratedLoudnessLufs: 'Loudness',
    },
    units: {
      tempoBpm: 'BPM',
      spectralCentroidHz: 'Hz',
      spectralFlatness: '',
      spectralIrregularity: '',
      lowBandRhythmicContrastDb: 'dB',
      percussiveToHarmonicDb: 'dB',
      integratedLoudnessLufs: 'LUFS',
    },
    meanings: {
      tempoBpm: 'Beats a minute; double or half is possible.',
      spectralCentroidHz: 'Mean frequency: higher sounds brighter.',
      spectralFlatness: 'From 0, a pure tone, to 1, white noise.',
      spectralIrregularity: 'How unlike neighbouring partials are (Jensen).',
      lowBandRhythmicContrastDb: 'How strongly the range under 200 Hz pulses.',
      percussiveToHarmonicDb: 'Drums and attacks over sustained tones.',
      integratedLoudnessLufs: 'Integrated over the track (ITU-R BS.1770).',
    },
    reasons: {
      tempoBpm: 'No steady pulse, or under 3 seconds.',
      spectralCentroidHz: 'No sound.',
      spectralFlatness: 'No sound.',
      spectralIrregularity: 'No partials.',
      lowBandRhythmicContrastDb: 'Hardly any sound under 200 Hz, or under a second.',
      percussiveToHarmonicDb: 'No sound.',
      integratedLoudnessLufs: 'Too quiet, or under 0.4 seconds.',
    },
    none: 'Not computed for this result. Analyse the file again to get them.',
    usual: (from, to) => `Usual in recorded music: ${from} to ${to}`,
    legend: 'The band is the usual range of recorded music, the mark is this track. Neither is good or bad.',
  },
  {
    title: '声音特征',
    names: {
      tempoBpm: '速度',
      spectralCentroidHz: '频谱质心',
      spectralFlatness: '频谱平坦度',
      spectralIrregularity: '频谱不规则度',
      lowBandRhythmicContrastDb: '低频节奏对比',
      percussiveToHarmonicDb: '打击 / 谐波比',
      integratedLoudnessLufs: '响度',
    },
    units: {
      tempoBpm: 'BPM',
      spectralCentroidHz: 'Hz',
      spectralFlatness: '',
      spectralIrregularity: '',
      lowBandRhythmicContrastDb: 'dB',
      percussiveToHarmonicDb: 'dB',
      integratedLoudnessLufs: 'LUFS',
    },
    meanings: {
      tempoBpm: '每分钟拍数，可能是两倍或一半。',
      spectralCentroidHz: '平均频率，越高听起来越明亮。',
      spectralFlatness: '0 为纯音，1 为白噪声。',
      spectralIrregularity: '相邻泛音强弱相差多少（Jensen）。',
      lowBandRhythmicContrastDb: '200 Hz 以下随节奏起伏的强弱。',
      percussiveToHarmonicDb: '鼓点和起音相对于持续音的能量。',
      integratedLoudnessLufs: '整首曲目的综合响度（ITU-R BS.1770）。',
    },
    reasons: {
      tempoBpm: '没有稳定的节拍，或不足 3 秒。',
      spectralCentroidHz: '没有声音。',
      spectralFlatness: '没有声音。',
      spectralIrregularity: '没有泛音。',
      lowBandRhythmicContrastDb: '200 Hz 以下几乎没有声音，或不足 1 秒。',
      percussiveToHarmonicDb: '没有声音。',
      integratedLoudnessLufs: '声音太小，或不足 0.4 秒。',
    },
    none: '此结果没有计算这些特征。重新分析文件即可得到。',
    usual: (from, to) => `录制音乐的常见范围：${from} 至 ${to}`,
    legend: '浅色区段是录制音乐的常见范围，竖线是本曲；并无好坏之分。',
  },
);
