import type { DeadJob, QueueCounts } from '#server/queue/jobQueue.ts';
import { type ServiceError, serviceErrorText } from '#server/serviceErrors.ts';

export type BoardLanguage = 'en' | 'zh';

/** What was done, for the line above the figures. */
export const boardActs = ['paused', 'resumed', 'requeued', 'removed'] as const;
export type BoardAct = (typeof boardActs)[number];

export interface BoardView {
  readonly language: BoardLanguage;
  readonly kind: 'sqlite' | 'redis';
  /** The figures, or why there are none. */
  readonly counts: QueueCounts | ServiceError;
  /** Seconds until the queue is empty at the present speed; null where nothing moves. */
  readonly drainSeconds: number | null;
  readonly dead: readonly DeadJob[];
  readonly offset: number;
  readonly pageSize: number;
  readonly said: { readonly act: BoardAct; readonly count: number } | null;
  /** Comes back with each form: another site does not know it. */
  readonly token: string;
  /** Of the style, for the content security policy. */
  readonly nonce: string;
}

const texts = {
  en: {
    title: 'Song queue',
    kinds: { sqlite: 'embedded queue (SQLite)', redis: 'queue on Redis' },
    paused: 'The queue is paused: workers finish what they have and take nothing new.',
    running: 'The queue is running.',
    pause: 'Pause',
    resume: 'Resume',
    refresh: 'Refresh',
    details: 'All jobs in bull-board',
    counts: 'Figures',
    waiting: 'Waiting',
    delayed: 'Waiting for another attempt',
    active: 'In work',
    dead: 'Failed for good',
    done: 'Results ever',
    workers: 'Workers',
    concurrency: 'Files at once',
    speed: 'Finished a minute',
    drain: 'Empty in about',
    never: 'nothing moves',
    empty: 'now',
    none: 'No job has failed for good.',
    requeue: 'Try again',
    remove: 'Forget',
    all: 'All of them …',
    requeueAll: 'Try all again',
    removeAll: 'Forget all for good',
    attempts: 'Attempts:',
    newer: 'Later ones',
    older: 'Earlier ones',
    back: 'Back to the queue',
    other: '中文',
    did: {
      paused: 'The queue is paused.',
      resumed: 'The queue goes on.',
      requeued: (count: number) => `${count} put back into the queue.`,
      removed: (count: number) => `${count} forgotten.`,
    },
    units: { s: 's', min: 'min', h: 'h', d: 'd' },
  },
  zh: {
    title: '歌曲队列',
    kinds: { sqlite: '内置队列（SQLite）', redis: 'Redis 队列' },
    paused: '队列已暂停：工作进程会完成手头任务，不再领取新任务。',
    running: '队列正在运行。',
    pause: '暂停',
    resume: '继续',
    refresh: '刷新',
    details: '在 bull-board 中查看全部任务',
    counts: '概况',
    waiting: '等待中',
    delayed: '等待重试',
    active: '处理中',
    dead: '最终失败',
    done: '累计结果',
    workers: '工作进程',
    concurrency: '同时处理文件数',
    speed: '每分钟完成',
    drain: '预计清空时间',
    never: '无进展',
    empty: '已清空',
    none: '没有最终失败的任务。',
    requeue: '重试',
    remove: '删除',
    all: '全部处理 …',
    requeueAll: '全部重试',
    removeAll: '全部永久删除',
    attempts: '尝试次数：',
    newer: '较新的',
    older: '较早的',
    back: '返回队列',
    other: 'English',
    did: {
      paused: '队列已暂停。',
      resumed: '队列已继续。',
      requeued: (count: number) => `已重新排队 ${count} 项。`,
      removed: (count: number) => `已删除 ${count} 项。`,
    },
    units: { s: '秒', min: '分钟', h: '小时', d: '天' },
  },
} as const;

/** Text as HTML: nothing of it is markup, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
:root{color-scheme:light dark;--ground:#fff;--sheet:#f5f6f8;--ink:#16181d;--soft:#555b66;--line:#d5d9e0;--mark:#8a4b00;--bad:#a3161c;--act:#0b57b5}
@media (prefers-color-scheme:dark){:root{--ground:#14161a;--sheet:#1e2127;--ink:#eceef2;--soft:#a8aebb;--line:#363b45;--mark:#f0b46a;--bad:#ff9a94;--act:#8ab8ff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,"Noto Sans SC",sans-serif}
header,form.line,.line{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
header .grow{flex:1}
p{margin:.5rem 0}
.soft{color:var(--soft)}.mark{color:var(--mark);font-weight:600}.bad{color:var(--bad)}
.said,.failed{padding:.5rem .75rem;border-inline-start:.25rem solid var(--act);background:var(--sheet)}
.failed{border-color:var(--bad)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.5rem;margin:0}
dl div{background:var(--sheet);border:1px solid var(--line);border-radius:.4rem;padding:.5rem .75rem;display:flex;flex-direction:column-reverse;justify-content:flex-end}
dt{color:var(--soft);font-size:.875rem}
dd{margin:0;font-size:1.35rem;font-variant-numeric:tabular-nums}
ul{list-style:none;margin:0;padding:0}
li{border-top:1px solid var(--line);padding:.75rem 0}
li h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
li p{margin:.15rem 0;overflow-wrap:anywhere}
code{font-family:ui-monospace,monospace;font-size:.875em}
button{font:inherit;min-height:2.75rem;padding:.25rem 1rem;border:1px solid var(--line);border-radius:.4rem;background:var(--sheet);color:var(--ink);cursor:pointer}
button:hover{border-color:var(--act)}
button.bad{color:var(--bad)}
a{color:var(--act)}
a{display:inline-block;padding:.6rem 0}
summary{padding:.6rem 0;cursor:pointer}
:focus-visible{outline:.15rem solid var(--act);outline-offset:.15rem}
`;

/** The page of the board: figures, the dead, and forms that work without a script. */
export function boardPage(view: BoardView): string {
  const { language, counts, token, nonce, offset } = view;
  const text = texts[language];
  const other = language === 'en' ? 'zh' : 'en';
  const form = (action: string, label: string, id: string | null = null, name = '', tone = ''): string =>
    `<form method="post" action="?lang=${language}"><input type="hidden" name="token" value="${escapeHtml(token)}">` +
    (id === null ? '' : `<input type="hidden" name="id" value="${escapeHtml(id)}">`) +
    `<button name="act" value="${action}"${tone === '' ? '' : ` class="${tone}"`}` +
    `${name === '' ? '' : ` aria-label="${escapeHtml(`${label}: ${name}`)}"`}>${label}</button></form>`;

  const number = (value: number): string =>
    escapeHtml(value.toLocaleString(language === 'en' ? 'en' : 'zh-CN', { maximumFractionDigits: 1 }));
  const to = (at: number, label: string): string =>
    `<a href="?lang=${language}&amp;offset=${at}">${label}</a>`;
  const figures = (read: QueueCounts): string => {
    const rows: readonly (readonly [string, string])[] = [
      [text.waiting, number(read.waiting)],
      [text.active, number(read.active)],
      [text.delayed, number(read.delayed)],
      [text.dead, number(read.dead)],
      [text.done, number(read.done)],
      [text.workers, number(read.workers)],
      [text.concurrency, number(read.concurrency)],
      [text.speed, number(read.finishedPerSecond * 60)],
      [text.drain, drain(read)],
    ];
    return `<dl>${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
  };

  function drain(read: QueueCounts): string {
    if (read.waiting + read.active + read.delayed === 0) return text.empty;
    const seconds = view.drainSeconds;
    if (seconds === null) return text.never;
    const { s, min, h, d } = text.units;
    if (seconds < 90) return `${Math.ceil(seconds)} ${s}`;
    if (seconds < 5400) return `${Math.ceil(seconds / 60)} ${min}`;
    return seconds < 172_800 ? `${Math.ceil(seconds / 3600)} ${h}` : `${Math.ceil(seconds / 86_400)} ${d}`;
  }

  const deadItem = (job: DeadJob): string => {
    const failure =
      job.error === null
        ? ''
        : `<p class="bad">${escapeHtml(serviceErrorText(job.error, language).title)}</p>` +
          `<p class="soft"><code>${escapeHtml(job.error.code)}</code> ${escapeHtml(job.error.message)}</p>`;
    return (
      `<li><h3>${escapeHtml(job.songId)}</h3>${failure}` +
      `<p class="soft"><code>${escapeHtml(job.job.path)}</code></p>` +
      `<p class="soft">${text.attempts} ${job.attempts} · <time datetime="${escapeHtml(job.diedAt)}">` +
      `${escapeHtml(job.diedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'))}</time></p>` +
      `<div class="line">${form('requeue', text.requeue, job.jobId, job.songId)}` +
      `${form('remove', text.remove, job.jobId, job.songId, 'bad')}</div></li>`
    );
  };

  const deadPart = (read: QueueCounts): string => {
    if (read.dead === 0) return `<p>${text.none}</p>`;
    return (
      `<details><summary>${text.all}</summary><div class="line">${form('requeue-all', text.requeueAll)}` +
      `${form('remove-all', text.removeAll, null, '', 'bad')}</div></details>` +
      `<ul>${view.dead.map(deadItem).join('')}</ul><nav class="line">` +
      (offset > 0 ? to(Math.max(0, offset - view.pageSize), text.newer) : '') +
      (offset + view.pageSize < read.dead ? to(offset + view.pageSize, text.older) : '') +
      '</nav>'
    );
  };

  const body =
    'code' in counts
      ? `<div class="failed" role="alert"><p class="bad">${escapeHtml(serviceErrorText(counts, language).title)}</p>` +
        `<p>${escapeHtml(serviceErrorText(counts, language).advice)}</p>` +
        `<p class="soft"><code>${escapeHtml(counts.code)}</code> ${escapeHtml(counts.message)}</p></div>`
      : `<div class="line"><p${counts.paused ? ' class="mark"' : ''}>${counts.paused ? text.paused : text.running}</p>` +
        `${counts.paused ? form('resume', text.resume) : form('pause', text.pause)}</div>` +
        `<h2>${text.counts}</h2>${figures(counts)}<h2>${text.dead} (${counts.dead})</h2>${deadPart(counts)}`;

  return `<!doctype html>
<html lang="${language === 'en' ? 'en' : 'zh-CN'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${text.title} – AcousticSense AI</title><link rel="icon" href="data:,"><style nonce="${nonce}">${style}</style></head>
<body><header><h1>${text.title}</h1><span class="soft grow">${text.kinds[view.kind]}</span>
<a href="?lang=${language}">${'code' in counts ? text.back : text.refresh}</a>
<a href="?lang=${other}" lang="${other === 'en' ? 'en' : 'zh-CN'}" hreflang="${other === 'en' ? 'en' : 'zh-CN'}">${text.other}</a></header>
<main>${view.said === null ? '' : `<p class="said" role="status">${saidText(view.said, language)}</p>`}${body}
${view.kind === 'redis' && !('code' in counts) ? `<p><a href="/bull">${text.details}</a></p>` : ''}</main></body></html>
`;
}

function saidText(said: { readonly act: BoardAct; readonly count: number }, language: BoardLanguage): string {
  const { did } = texts[language];
  const text = did[said.act];
  return typeof text === 'string' ? text : text(said.count);
}
