import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));
export const fixture = (name: string): string => join(root, 'e2e/fixtures/audio', name);

/** `npm run serve` with the quick model on a free port, in a folder of its own. */
export interface ServedProgram {
  readonly child: ChildProcess;
  readonly port: number;
  readonly folder: string;
  readonly url: string;
  /** Lines of standard output, read back. */
  readonly lines: Record<string, unknown>[];
  /** Uploads that lie in the spool now. */
  incoming(): string[];
  /** Resolves with the code and signal it ended with. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Ends it, gently and then not, and removes its folder. */
  dispose(): Promise<void>;
}

/** Starts the program; resolves when it listens and (where `ready`) its model is open. Rejects with what it wrote. */
export async function startServed(
  args: readonly string[] = [],
  { ready = true, folder = mkdtempSync(join(tmpdir(), 'acousticsense-serve-')) } = {},
): Promise<ServedProgram> {
  const own = ['--port', '0', '--model', 'acousticsense-vit-ti16', '--no-page', '--slots', '2'];
  const places = ['--spool', join(folder, 'spool'), '--queue-file', join(folder, 'queue.sqlite')];
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(root, 'src/server/cli/serve.ts'), ...own, ...places, ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  let errors = '';
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const port = await new Promise<number>((resolve, reject) => {
    void ended.then(({ code }) => reject(new Error(`serve ended with ${code}: ${errors}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      const texts = (rest + chunk.toString()).split('\n');
      rest = texts.pop() ?? '';
      for (const text of texts) {
        const line = JSON.parse(text) as Record<string, unknown>;
        lines.push(line);
        if (line['event'] === 'listening' && !ready) resolve(Number(line['port']));
        if (line['event'] === 'ready')
          resolve(Number(lines.find(({ event }) => event === 'listening')?.['port']));
      }
    });
  });
  return {
    child,
    port,
    folder,
    url: `http://127.0.0.1:${port}`,
    lines,
    ended,
    // A program that starts empties its spool: for a moment the folder is not there.
    incoming: () => {
      const spool = join(folder, 'spool/incoming');
      return existsSync(spool) ? readdirSync(spool) : [];
    },
    async dispose() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What curl prints, its exit code and the status of the answer. */
export interface CurlAnswer {
  readonly exitCode: number;
  readonly status: number;
  readonly body: string;
}

/** Runs curl as a person would; its time limit is the guard against a service that hangs. */
export async function curl(args: readonly string[], seconds = 60): Promise<CurlAnswer> {
  return new Promise((resolve) => {
    const all = ['-sS', '--max-time', String(seconds), '-w', '\n%{http_code}', ...args];
    execFile('curl', all, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      const at = stdout.lastIndexOf('\n');
      const exitCode = error === null ? 0 : Number(error.code ?? 1);
      resolve({ exitCode, status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) });
    });
  });
}

/** Writes bytes to the port, in pieces where `pauseMs` says so, and resolves with all that came back when the connection ends. */
export async function raw(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  { pauseMs = 0, end = false, endAfterMs = 0, guardMs = 30_000 } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const guard = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end after ${guardMs} ms: ${answer.slice(0, 200)}`));
    }, guardMs);
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(guard);
      resolve(answer);
    });
    void (async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pauseMs > 0) await new Promise((next) => setTimeout(next, pauseMs));
      }
      // An end is the client's good-bye: what is not answered by then, nobody waits for.
      if (endAfterMs > 0) await new Promise((next) => setTimeout(next, endAfterMs));
      if (end || endAfterMs > 0) socket.end();
    })();
  });
}
