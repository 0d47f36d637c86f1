import { describe, expect, it } from 'vitest';
import { defaultModelId, readUrlParameters } from '#app/urlParameters.ts';

describe('readUrlParameters', () => {
  it('has defaults', () => {
    expect(readUrlParameters('')).toEqual({ modelId: defaultModelId, choice: {}, settings: {} });
  });

  it('reads every parameter', () => {
    expect(readUrlParameters('?backend=wasm&threads=2&model=tiny&lang=zh-CN&theme=dark')).toEqual({
      modelId: 'tiny',
      choice: { forcedBackend: 'wasm', threads: 2 },
      settings: { language: 'zh', theme: 'dark' },
    });
  });

  it.each([
    '?backend=cuda',
    '?threads=0',
    '?threads=1.5',
    '?threads=x',
    '?lang=fr',
    '?theme=pink',
    '?model=',
  ])('ignores %s', (search) => {
    expect(readUrlParameters(search)).toEqual({ modelId: defaultModelId, choice: {}, settings: {} });
  });
});
