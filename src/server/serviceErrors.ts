import { type AnalysisError, type AnalysisErrorCode, analysisErrorCodes } from '#core/errors.ts';
import { errorText } from '#core/errorText.ts';

/** What can go wrong around an analysis, for reasons outside the program. Closed: each has its status and its texts below. */
export const serviceOnlyErrorCodes = [
  // the request
  'bad-request',
  'missing-audio',
  'bad-top-k',
  'bad-explain',
  'bad-format',
  'bad-windows',
  'bad-song-id',
  'unknown-model',
  'unsupported-media-type',
  'upload-incomplete',
  'upload-timeout',
  'path-not-allowed',
  'foreign-page',
  'not-found',
  'method-not-allowed',
  'unauthorized',
  'rate-limited',
  // the service
  'busy',
  'shutting-down',
  'time-limit',
  'decoder-crashed',
  'storage-full',
  'queue-unavailable',
  'model-changed',
  'file-changed',
] as const;

export type ServiceErrorCode = AnalysisErrorCode | (typeof serviceOnlyErrorCodes)[number];

/** An expected failure of the service: plain data, crosses threads, queues and JSON unchanged. `message` is English and technical. */
export interface ServiceError {
  readonly code: ServiceErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number>>;
}

export function serviceError(
  code: ServiceErrorCode,
  message: string,
  details?: Readonly<Record<string, string | number>>,
): ServiceError {
  return details === undefined ? { code, message } : { code, message, details };
}

type ServiceOnlyCode = (typeof serviceOnlyErrorCodes)[number];

interface ServiceText {
  readonly status: number;
  readonly en: { readonly title: string; readonly advice: string };
  readonly zh: { readonly title: string; readonly advice: string };
}

const table: Readonly<Record<ServiceOnlyCode, ServiceText>> = {
  'bad-request': {
    status: 400,
    en: { title: 'The request cannot be read', advice: 'Compare it with /openapi.json.' },
    zh: { title: '无法读取请求', advice: '请对照 /openapi.json。' },
  },
  'missing-audio': {
    status: 400,
    en: {
      title: 'The audio file is missing',
      advice: 'Send it as the multipart field "audio", or as the body with its audio type.',
    },
    zh: {
      title: '缺少audio文件',
      advice: '请用 multipart 字段 audio 上传，或直接以音频类型作为请求体发送。',
    },
  },
  'bad-top-k': {
    status: 400,
    en: { title: 'top_k is not valid', advice: 'top_k is a whole number from 1 to the number of genres.' },
    zh: { title: 'top_k 无效', advice: 'top_k 应为 1 到流派总数之间的整数。' },
  },
  'bad-explain': {
    status: 400,
    en: { title: 'explain is not valid', advice: 'explain is rollout or relevance.' },
    zh: { title: 'explain 无效', advice: 'explain 应为 rollout 或 relevance。' },
  },
  'bad-format': {
    status: 400,
    en: { title: 'format is not valid', advice: 'format is json or csv.' },
    zh: { title: 'format 无效', advice: 'format 应为 json 或 csv。' },
  },
  'bad-windows': {
    status: 400,
    en: { title: 'windows is not valid', advice: 'windows is a whole number from 1 to 10000, or left out.' },
    zh: { title: 'windows 无效', advice: 'windows 应为 1 到 10000 之间的整数，或省略。' },
  },
  'bad-song-id': {
    status: 400,
    en: {
      title: 'The song id is not valid',
      advice: 'A song id has 1 to 200 characters, none of them a control character.',
    },
    zh: { title: '歌曲编号无效', advice: '歌曲编号为 1 到 200 个字符，不含控制字符。' },
  },
  'unknown-model': {
    status: 400,
    en: { title: 'There is no such model', advice: 'GET /api/models lists the models of this service.' },
    zh: { title: '没有这个模型', advice: 'GET /api/models 列出本服务的模型。' },
  },
  'unsupported-media-type': {
    status: 415,
    en: {
      title: 'The content type is not supported',
      advice:
        'Send multipart/form-data with the field "audio", an audio type, application/octet-stream, or JSON with a path.',
    },
    zh: {
      title: '不支持的内容类型',
      advice:
        '请使用带 audio 字段的 multipart/form-data、音频类型、application/octet-stream，或带 path 的 JSON。',
    },
  },
  'upload-incomplete': {
    status: 400,
    en: { title: 'The upload ended early', advice: 'Send the file again.' },
    zh: { title: '上传中断', advice: '请重新发送文件。' },
  },
  'upload-timeout': {
    status: 408,
    en: { title: 'The upload took too long', advice: 'Send the file again over a faster connection.' },
    zh: { title: '上传超时', advice: '请通过更快的连接重新发送。' },
  },
  'path-not-allowed': {
    status: 403,
    en: {
      title: 'This path is not open to the service',
      advice: 'Paths must lie in a directory that the service was started with (--allow-path).',
    },
    zh: { title: '服务无权读取此路径', advice: '路径必须位于启动服务时用 --allow-path 指定的目录中。' },
  },
  'foreign-page': {
    status: 403,
    en: {
      title: 'Pages of other sites may not use this service',
      advice:
        'Call it from a program or from its own page, under its address or localhost; or use API keys (--api-keys).',
    },
    zh: {
      title: '其他网站的页面不能使用此服务',
      advice: '请通过程序或本服务自己的页面，以 IP 地址或 localhost 访问；或使用 API 密钥（--api-keys）。',
    },
  },
  'not-found': {
    status: 404,
    en: { title: 'There is nothing here', advice: 'Check the address; /openapi.json lists all of them.' },
    zh: { title: '没有找到', advice: '请检查地址；/openapi.json 列出全部接口。' },
  },
  'method-not-allowed': {
    status: 405,
    en: { title: 'This method is not allowed here', advice: 'See /openapi.json.' },
    zh: { title: '此处不允许该方法', advice: '请参阅 /openapi.json。' },
  },
  unauthorized: {
    status: 401,
    en: {
      title: 'A valid API key is needed',
      advice: 'Send "Authorization: Bearer KEY" or "X-API-Key: KEY".',
    },
    zh: {
      title: '需要有效的 API 密钥',
      advice: '请发送 “Authorization: Bearer 密钥” 或 “X-API-Key: 密钥”。',
    },
  },
  'rate-limited': {
    status: 429,
    en: { title: 'Too many requests', advice: 'Wait as long as Retry-After says.' },
    zh: { title: '请求过多', advice: '请按 Retry-After 指示的时间等待。' },
  },
  busy: {
    status: 503,
    en: { title: 'The service is busy', advice: 'Try again after the time in Retry-After.' },
    zh: { title: '服务繁忙', advice: '请在 Retry-After 指示的时间后重试。' },
  },
  'shutting-down': {
    status: 503,
    en: { title: 'The service is shutting down', advice: 'Try again in a moment.' },
    zh: { title: '服务正在关闭', advice: '请稍后重试。' },
  },
  'time-limit': {
    status: 422,
    en: {
      title: 'The file took longer than the service allows',
      advice: 'Send a shorter file, ask for fewer windows, or have the limit raised (--time-limit).',
    },
    zh: { title: '处理时间超过服务上限', advice: '请发送更短的文件、减少 windows，或调高 --time-limit。' },
  },
  'decoder-crashed': {
    status: 422,
    en: {
      title: 'The decoder broke on this file',
      advice: 'The file is damaged in a way that no decoder survives. Convert it again from the original.',
    },
    zh: { title: '解码器因此文件崩溃', advice: '文件已损坏。请用原始文件重新转换。' },
  },
  'storage-full': {
    status: 507,
    en: {
      title: 'The service has no room for the file',
      advice: 'Free space in the spool directory (--spool).',
    },
    zh: { title: '服务的存储空间不足', advice: '请清理暂存目录（--spool）。' },
  },
  'queue-unavailable': {
    status: 503,
    en: {
      title: 'The job queue is out of reach',
      advice: 'Analysis by /api/genre still works. Try again when the queue is back.',
    },
    zh: { title: '任务队列不可用', advice: '/api/genre 仍可使用。请在队列恢复后重试。' },
  },
  'model-changed': {
    status: 409,
    en: {
      title: 'The job was queued for other weights',
      advice: 'Give this worker the weights that the job names, or queue the songs again.',
    },
    zh: { title: '任务指定的是另一版权重', advice: '请为该工作进程提供任务所需的权重，或重新提交歌曲。' },
  },
  'file-changed': {
    status: 409,
    en: {
      title: 'The file is not the one that was queued',
      advice: 'It was replaced or changed after it was queued. Queue the song again.',
    },
    zh: { title: '文件与提交时不一致', advice: '文件在提交后被替换或修改。请重新提交这首歌曲。' },
  },
};

/** HTTP status of the codes that an analysis fails with; what is missing here is the file's fault: 422. */
const analysisStatus: Partial<Readonly<Record<AnalysisErrorCode, number>>> = {
  'file-too-large': 413,
  'unreadable-file': 404,
  'model-missing': 500,
  'model-download-failed': 500,
  'model-altered': 500,
  'model-invalid': 500,
  'backend-unavailable': 500,
  'backend-disagrees': 500,
  'backend-lost': 500,
  'out-of-memory': 503,
  cancelled: 499,
  internal: 500,
};

const isAnalysisCode = (code: ServiceErrorCode): code is AnalysisErrorCode =>
  (analysisErrorCodes as readonly string[]).includes(code);

/** The HTTP status of a failure. */
export function statusOf(code: ServiceErrorCode): number {
  return isAnalysisCode(code) ? (analysisStatus[code] ?? 422) : table[code].status;
}

/** Title (what happened) and advice (what to do), plain text. */
export function serviceErrorText(
  error: ServiceError,
  language: 'en' | 'zh',
): { readonly title: string; readonly advice: string } {
  const { code } = error;
  return isAnalysisCode(code)
    ? errorText({ ...error, code } satisfies AnalysisError, language)
    : table[code][language];
}

/** The body of a failed request. `error` is Chinese by contract with the systems that read it; `message` is English. */
export interface ErrorBody {
  readonly error: string;
  readonly message: string;
  readonly advice: { readonly en: string; readonly zh: string };
  readonly code: ServiceErrorCode;
  readonly details?: Readonly<Record<string, string | number>>;
}

export function errorBody(error: ServiceError): ErrorBody {
  const en = serviceErrorText(error, 'en');
  const zh = serviceErrorText(error, 'zh');
  return {
    error: zh.title,
    message: en.title,
    advice: { en: en.advice, zh: zh.advice },
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}
