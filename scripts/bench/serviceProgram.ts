/** The program `serve` as the benchmark and the nightly campaigns drive it: a process of its own, over its port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** From the first byte of the request to the last of the answer. */
  readonly ms: number;
}

export interface HttpAsk {
  readonly method?: 'GET' | 'POST';
  readonly type?: string;
  readonly body?: Uint8Array | string;
}

export interface RunningService {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to the first 200 of /ready. */
  readonly readyMs: number;
  ask(path: string, options?: HttpAsk): Promise<HttpAnswer>;
  /** SIGTERM, and SIGKILL where that does not help within a minute. */
  stop(): Promise<void>;
}

/** A port of this machine that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Ends a process and waits for it. */
export async function endProcess(child: ChildProcess, patienceMs = 60_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** One request of a client that keeps its connections. Rejects where no answer comes within five minutes. */
export async function askOver(agent: Agent, url: string, options: HttpAsk = {}): Promise<HttpAnswer> {
  const { method = options.body === undefined ? 'GET' : 'POST', type, body } = options;
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent,
        method,
        timeout: 300_000,
        headers: {
          ...(type === undefined ? {} : { 'content-type': type }),
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            text: Buffer.concat(parts).toString(),
            ms: performance.now() - start,
          }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url} in five minutes`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A file as the multipart field `audio`, and the content type that goes with it. */
export function audioForm(bytes: Uint8Array, name: string): { readonly type: string; readonly body: Buffer } {
  const boundary = 'benchmark-7a5d31c0f2';
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="audio"; filename="${name}"\r\nContent-Type: audio/mpeg\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

const startPatienceMs = 120_000;

/** Starts `serve` on a free port and waits until it is ready. Rejects with what it printed where it ends before. */
export async function startService(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const port = await freePort();
  const start = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/server/cli/serve.ts', '--port', String(port), '--log', 'error', ...args],
    { cwd: repository, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      said = (said + part.toString()).slice(-4000);
    });
  }
  const url = `http://127.0.0.1:${port}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const stop = async (): Promise<void> => {
    agent.destroy();
    await endProcess(child);
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}:\n${said}`);
    const ready = await askOver(agent, `${url}/ready`).catch(() => null);
    if (ready?.status === 200) break;
    if (performance.now() - start > startPatienceMs) {
      await stop();
      throw new Error(
        `serve was not ready after ${startPatienceMs / 1000} s:\n${ready?.text ?? ''}\n${said}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url,
    pid: child.pid ?? 0,
    readyMs: performance.now() - start,
    ask: (path, options) => askOver(agent, `${url}${path}`, options),
    stop,
  };
}

/** Runs `count` tasks, `depth` at a time: a new one starts when one ends. Milliseconds for all of them. */
export async function closedLoop(
  count: number,
  depth: number,
  task: (index: number) => Promise<void>,
): Promise<number> {
  const start = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(depth, count) }, client));
  return performance.now() - start;
}
