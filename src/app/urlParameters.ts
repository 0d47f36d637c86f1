import type { BackendChoice } from '#state/model.ts';
import type { SettingsState } from '#state/settings.ts';

export const defaultModelId = 'acousticsense-vit-b16';

export interface UrlParameters {
  readonly modelId: string;
  readonly choice: BackendChoice;
  readonly settings: Partial<SettingsState>;
}

/** What the address asks for: ?backend=webgpu|wasm, ?threads=n, ?model=id, ?lang=en|zh, ?theme=system|light|dark. */
export function readUrlParameters(search: string): UrlParameters {
  const query = new URLSearchParams(search);
  const backend = query.get('backend');
  const threads = Number(query.get('threads'));
  const lang = query.get('lang')?.toLowerCase().split('-')[0];
  const theme = query.get('theme');
  const model = query.get('model');
  return {
    modelId: model === null || model === '' ? defaultModelId : model,
    choice: {
      ...(backend === 'webgpu' || backend === 'wasm' ? { forcedBackend: backend } : {}),
      ...(Number.isInteger(threads) && threads >= 1 && threads <= 64 ? { threads } : {}),
    },
    settings: {
      ...(lang === 'en' || lang === 'zh' ? { language: lang } : {}),
      ...(theme === 'system' || theme === 'light' || theme === 'dark' ? { theme } : {}),
    },
  };
}
