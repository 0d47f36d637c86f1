import type { DescriptorName } from '#core/descriptors/trackDescriptors.ts';
import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

interface DescriptorsTexts {
  readonly names: Readonly<Record<DescriptorName, string>>;
}

export const descriptorsTexts = featureTexts<DescriptorsTexts>(
  {
    names: {
      tempoBpm: 'Tempo',
      spectralCentroidHz: 'Spectral centroid',
      spectralFlatness: 'Spectral flatness',
      spectralIrregularity: 'Spectral irregularity',
      lowBandRhythmicContrastDb: 'Low-band rhythm',
      percussiveToHarmonicDb: 'Percussive / harmonic',
      integratedLoudnessLufs: 'Loudness',
    },
  },
  {
    names: {
      tempoBpm: '速度',
      spectralCentroidHz: '频谱质心',
      spectralFlatness: '频谱平坦度',
      spectralIrregularity: '频谱不规则度',
      lowBandRhythmicContrastDb: '低频节奏对比',
      percussiveToHarmonicDb: '打击 / 谐波比',
      integratedLoudnessLufs: '响度',
    },
  },
);
