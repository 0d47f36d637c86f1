import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

export const attentionTexts = featureTexts(
  {
    title: 'Layers and heads',
    detail:
      'What the class token attends to in one head of one layer: where that head reads, not what decided the answer. The overlay of the whole network is the rollout.',
    open: 'Explore',
    close: 'Back to the rollout',
    layer: 'Layer',
    head: 'Head',
    mean: 'Mean of all heads',
    headName: (index: number): string => `Head ${index}`,
    map: (layers: number, heads: number): string =>
      `${layers} layers by ${heads} heads, the window that is looked at; choose one`,
    loading: (done: number, total: number): string => `Asking the network: ${done} of ${total} windows`,
    ready: (count: number): string => (count === 1 ? 'One window' : `${count} windows`),
    window: (index: number): string => `Window ${index}`,
    commands: { exploreAttention: 'Layers and heads' },
  },
  {
    title: '各层与各注意力头',
    detail:
      '类别标记在某一层某个头中关注的位置：它说明该头读取哪里，而不是结论的依据。整个网络的叠加图是注意力展开。',
    open: '查看',
    close: '回到注意力展开',
    layer: '层',
    head: '头',
    mean: '所有头的平均',
    headName: (index: number): string => `第 ${index} 头`,
    map: (layers: number, heads: number): string => `${layers} 层 × ${heads} 头，当前窗口；点击选择`,
    loading: (done: number, total: number): string => `正在询问网络：${done} / ${total} 个窗口`,
    ready: (count: number): string => `${count} 个窗口`,
    window: (index: number): string => `窗口 ${index}`,
    commands: { exploreAttention: '各层与各头' },
  },
);
